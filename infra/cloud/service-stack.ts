import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { CfnOutput, Duration, type Environment, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import { redirectUriOf } from '../../lambdas/http/redirect-uri.ts';
import { corsOf } from '../cors.ts';
import { type FunctionName, functionNames, routes } from '../routes.ts';
import { BackendAccess } from './backend-access.ts';
import { Capability } from './capability.ts';
import { ChangeBus } from './change-bus.ts';
import type { DeploymentContext } from './context.ts';
import type { DataStack } from './data-stack.ts';
import { Site } from './site.ts';
import { SyncAlarms } from './sync-alarms.ts';
import { SyncQueue } from './sync-queue.ts';
import { Timetable } from './timetable.ts';
import { oneJob, wireAll } from './wirings.ts';

/** What the service stack is made of. */
export interface ServiceStackProps extends DeploymentContext {
  readonly data: DataStack;
  /** The folder that holds one bundle a function, each in a folder of the function's name. */
  readonly bundles: string;
  readonly env?: Environment;
}

type Capabilities = Readonly<Record<FunctionName, Capability>>;

/**
 * The functions, the HTTP API before them, and what starts those of the sync. It holds nothing that a new
 * deployment could not make again.
 */
export class ServiceStack extends Stack {
  /** Where the site lives. */
  readonly apiUrl: string;
  /** Allows the routes for backends. */
  readonly backendPolicy: IManagedPolicy;
  /** Every change of the mailboxes is told to this bus. */
  readonly eventBus: EventBus;

  constructor(scope: Construct, id: string, props: ServiceStackProps) {
    const { stage, data, env } = props;
    super(scope, id, {
      ...(env !== undefined && { env }),
      stackName: `gmail-offline-access-${stage}-service`,
      description: 'gmail-offline-access: the functions, their HTTP API and the sync',
    });
    const site = new Site(this, 'Site', { stage, cors: corsOf(props.allowedReturnOrigins) });
    const queue = new SyncQueue(this, 'SyncQueue', { stage, workerTimeout: oneJob });
    const bus = new ChangeBus(this, 'ChangeBus', { stage });
    const capabilities = this.#deploy(props, site, queue, bus);
    queue.feed(capabilities['sync-mailbox'], props.syncWorkers);
    if (props.copy !== 'off') this.#startEveryMinute('EveryMinute', stage, capabilities['sync-dispatch']);
    // Where nothing is copied, too: who connects and who leaves is told, and disconnects that were cut off are finished.
    this.#startEveryMinute('PublishEveryMinute', stage, capabilities['changes-publish']);
    this.#startEveryDay(stage, capabilities['sync-sweep']);
    const access = new BackendAccess(this, 'BackendAccess', {
      stage,
      routeArns: functionNames
        .flatMap((name): readonly string[] => routes[name])
        .filter(isBackendRoute)
        .map((route) => site.arnOf(route)),
    });
    new SyncAlarms(this, 'SyncAlarms', {
      stage,
      email: props.alarmEmail,
      queue,
      functions: functionNames
        .filter((name) => name.startsWith('sync-') || name === 'changes-publish')
        .map((name) => capabilities[name]),
      dailyUnits: props.dailyUnits ?? quotaProfiles[props.quotaProfile].unitsPerProjectDay,
      scheduled: props.copy !== 'off',
    });
    this.apiUrl = site.origin;
    this.backendPolicy = access.policy;
    this.eventBus = bus.bus;
    new CfnOutput(this, 'ApiUrl', { value: site.origin, description: 'Where the site lives' });
    new CfnOutput(this, 'RedirectUri', {
      value: redirectUriOf(site.origin),
      description: 'Register this redirect URI with the OAuth client in the Google console',
    });
    new CfnOutput(this, 'BackendPolicyArn', {
      value: access.policy.managedPolicyArn,
      description: 'Attach this managed policy to the roles of the backends that may call',
    });
    new CfnOutput(this, 'EventBusArn', {
      value: bus.bus.eventBusArn,
      description: 'Every change of the mailboxes is told to this event bus',
    });
    new CfnOutput(this, 'UploadClientSecret', {
      value: [
        'aws secretsmanager put-secret-value',
        `--secret-id ${data.clientSecret.name}`,
        '--secret-string file://client_secret.json',
        `--region ${this.region}`,
      ].join(' '),
      description: 'Run this in the folder that holds the client_secret.json from the Google console',
    });
  }

  #deploy(
    { stage, variables, data, bundles }: ServiceStackProps,
    site: Site,
    queue: SyncQueue,
    bus: ChangeBus,
  ): Capabilities {
    const wirings = wireAll(data, queue, bus);
    const told = { ...variables, STAGE: stage };
    const deployed = functionNames.map((name) => {
      const { rights, reads = [], ...size } = wirings[name];
      const capability = new Capability(this, name, { stage, bundles, ...size });
      rights?.((reason) => capability.to(reason));
      if (routes[name].length > 0) site.serve(capability, routes[name]);
      for (const variable of reads) {
        const value = told[variable];
        if (value !== undefined) capability.setVariable(variable, value);
      }
      return [name, capability] as const;
    });
    return Object.fromEntries(deployed) as Capabilities;
  }

  #startEveryDay(stage: string, sweep: Capability): void {
    new Timetable(this, 'EveryDay', {
      stage,
      capability: sweep,
      schedule: ScheduleExpression.cron({ hour: '3', minute: '17' }),
      retries: 2,
    });
  }

  #startEveryMinute(id: string, stage: string, capability: Capability): void {
    new Timetable(this, id, {
      stage,
      capability,
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      retries: 0,
    });
    // The scheduler hands over and goes; Lambda would try twice more, in a minute that is not the tick's.
    capability.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  }
}
