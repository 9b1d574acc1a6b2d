import type { IDomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Duration, type Environment, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { corsOf } from '../cors.ts';
import { deployedRoutes, type FunctionName, functionNames, routes, throttleOf } from '../routes.ts';
import { Alarms } from './alarms.ts';
import { BackendAccess, type BackendPurpose } from './backend-access.ts';
import { Capability } from './capability.ts';
import { ChangeBus } from './change-bus.ts';
import { Dashboard } from './dashboard.ts';
import type { DataStack } from './data-stack.ts';
import type { Deployment } from './deployment.ts';
import { functionOptionNames } from './options.ts';
import { addOutputs } from './outputs.ts';
import { Site } from './site.ts';
import { SyncQueue } from './sync-queue.ts';
import { Timetable } from './timetable.ts';
import { jobSeconds, rightsOf, sizesOf } from './wirings.ts';

/** Options of the service stack. */
interface ServiceStackProps extends Deployment {
  readonly data: DataStack;
  readonly bundles: string;
  readonly env?: Environment;
}

type Capabilities = Readonly<Record<FunctionName, Capability>>;

/** The functions, their HTTP API and the triggers of the sync. A new deployment can recreate everything in it. */
export class ServiceStack extends Stack {
  /** The URL of the site. */
  readonly apiUrl: string;
  /** The site's own domain name, if it has one. */
  readonly customDomain: IDomainName | undefined;
  /** Allows all backend routes. */
  readonly backendPolicy: IManagedPolicy;
  /** Allows the backend routes of each purpose. */
  readonly backendPolicies: Readonly<Record<BackendPurpose, IManagedPolicy>>;
  /** Every change of the mailboxes is published on this bus. */
  readonly eventBus: EventBus;

  constructor(scope: Construct, id: string, props: ServiceStackProps) {
    const { stage, data, env } = props;
    super(scope, id, {
      ...(env !== undefined && { env }),
      stackName: `gmail-offline-access-${stage}-service`,
      description: 'gmail-offline-access: the functions, their HTTP API and the sync',
    });
    const { domainName: name, certificateArn, logRetentionDays } = props;
    const domain = name && certificateArn ? { name, certificateArn } : undefined;
    const cors = corsOf(props.allowedReturnOrigins);
    const site = new Site(this, 'Site', { stage, cors, domain, logRetentionDays });
    const queue = new SyncQueue(this, 'SyncQueue', { stage, workerTimeout: jobSeconds });
    const bus = new ChangeBus(this, 'ChangeBus', { stage });
    const capabilities = this.#deploy(props, site, queue, bus);
    queue.feed(capabilities['sync-mailbox'], props.syncWorkers);
    if (props.copy !== 'off') this.#startEveryMinute('EveryMinute', stage, capabilities['sync-dispatch']);
    // Also without a copy: connects and disconnects are published, and interrupted disconnects are finished.
    this.#startEveryMinute('PublishEveryMinute', stage, capabilities['changes-publish']);
    new Timetable(this, 'EveryDay', {
      stage,
      capability: capabilities['sync-sweep'],
      schedule: ScheduleExpression.cron({ hour: '3', minute: '17' }),
      retries: 2,
    });
    const access = new BackendAccess(this, 'BackendAccess', { stage, arnOf: (route) => site.arnOf(route) });
    const routed = (name: FunctionName) => routes[name].length > 0;
    const watched = {
      ...{ stage, site, queue, runbook: props.runbookUrl },
      background: functionNames.filter((name) => !routed(name)).map((name) => capabilities[name]),
      dailyUnits: props.dailyUnits ?? quotaProfiles[props.quotaProfile].unitsPerProjectDay,
      scheduled: props.copy !== 'off',
    };
    // The name dates from when every alarm was about the sync. Renaming it would collide with the deployed alarms.
    const { alarms } = new Alarms(this, 'SyncAlarms', { ...watched, email: props.alarmEmail });
    const answering = functionNames.filter(routed).map((name) => capabilities[name]);
    new Dashboard(this, 'Dashboard', { ...watched, data, alarms, answering });
    this.apiUrl = site.origin;
    this.customDomain = site.customDomain;
    this.backendPolicy = access.policy;
    this.backendPolicies = access.policies;
    this.eventBus = bus.bus;
    const { name: secretName } = data.clientSecret;
    addOutputs(this, { site, secretName, backendAccess: access, eventBus: bus.bus });
  }

  #deploy(
    { stage, given, data, bundles, logRetentionDays, syncWorkers }: ServiceStackProps,
    site: Site,
    queue: SyncQueue,
    bus: ChangeBus,
  ): Capabilities {
    const rights = rightsOf(data, queue, bus);
    const sizes = sizesOf(syncWorkers);
    const deployed = functionNames.map((name) => {
      // Traces of ticks and jobs cost more than they add to metrics and logs.
      const traced = deployedRoutes[name].length > 0;
      const props = { stage, bundles, logRetentionDays, traced, ...sizes[name] };
      const capability = new Capability(this, name, props);
      rights[name]((reason) => capability.to(reason));
      if (traced) site.serve(capability, deployedRoutes[name], throttleOf(name));
      // The dimension of the function's metrics.
      capability.set('stage', stage);
      for (const option of functionOptionNames) {
        const text = given[option];
        if (text !== undefined) capability.set(option, text);
      }
      return [name, capability] as const;
    });
    return Object.fromEntries(deployed) as Capabilities;
  }

  #startEveryMinute(id: string, stage: string, capability: Capability): void {
    new Timetable(this, id, {
      stage,
      capability,
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      retries: 0,
    });
    // Lambda would retry an asynchronous start twice, in a minute after the tick's.
    capability.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  }
}
