import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { redirectUriOf } from '../../lambdas/http/redirect-uri.ts';
import { type FunctionName, functionNames, routes } from '../routes.ts';
import { Capability } from './capability.ts';
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
}

type Capabilities = Readonly<Record<FunctionName, Capability>>;

/**
 * The functions, the HTTP API before them, and what starts those of the sync. It holds nothing that a new
 * deployment could not make again.
 */
export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, props: ServiceStackProps) {
    const { stage, data } = props;
    super(scope, id, {
      stackName: `gmail-offline-access-${stage}-service`,
      description: 'gmail-offline-access: the functions, their HTTP API and the sync',
    });
    const site = new Site(this, 'Site', { stage });
    const queue = new SyncQueue(this, 'SyncQueue', { stage, workerTimeout: oneJob });
    const capabilities = this.#deploy(props, site, queue);
    queue.feed(capabilities['sync-mailbox'], props.syncWorkers);
    if (props.copy !== 'off') this.#startEveryMinute(stage, capabilities['sync-dispatch']);
    // Where nothing is copied, too: it finishes disconnects that were cut off.
    this.#startEveryDay(stage, capabilities['sync-sweep']);
    new SyncAlarms(this, 'SyncAlarms', {
      stage,
      email: props.alarmEmail,
      queue,
      functions: functionNames.filter((name) => name.startsWith('sync-')).map((name) => capabilities[name]),
      dailyUnits: props.dailyUnits ?? quotaProfiles[props.quotaProfile].unitsPerProjectDay,
      scheduled: props.copy !== 'off',
    });
    new CfnOutput(this, 'ApiUrl', { value: site.origin, description: 'Where the site lives' });
    new CfnOutput(this, 'RedirectUri', {
      value: redirectUriOf(site.origin),
      description: 'Register this redirect URI with the OAuth client in the Google console',
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
  ): Capabilities {
    const wirings = wireAll(data, queue);
    const told = { ...variables, STAGE: stage };
    const deployed = functionNames.map((name) => {
      const { rights, reads = [], ...size } = wirings[name];
      const capability = new Capability(this, name, { stage, bundles, ...size });
      rights?.(capability);
      if (routes[name].length > 0) site.serve(capability, routes[name]);
      for (const variable of reads) {
        const value = told[variable];
        if (value !== undefined) capability.setVariable(variable, value);
      }
      return [name, capability] as const;
    });
    return Object.fromEntries(deployed) as Capabilities;
  }

  #startEveryMinute(stage: string, dispatcher: Capability): void {
    new Timetable(this, 'EveryMinute', {
      stage,
      capability: dispatcher,
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      retries: 0,
    });
    // The scheduler hands over and goes; Lambda would try twice more, in a minute that is not the tick's.
    dispatcher.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  }

  #startEveryDay(stage: string, sweep: Capability): void {
    new Timetable(this, 'EveryDay', {
      stage,
      capability: sweep,
      schedule: ScheduleExpression.cron({ hour: '3', minute: '17' }),
      retries: 2,
    });
  }
}
