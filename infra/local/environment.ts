import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFunctions } from '../bundle.ts';
import { corsOf } from '../cors.ts';
import type { FunctionName } from '../routes.ts';
import { variablesOf } from '../settings.ts';
import type { TableName } from '../tables.ts';
import { type ApiGateway, startApiGateway } from './api-gateway.ts';
import type { AwsService } from './aws/aws-call.ts';
import type { AwsDouble } from './aws/aws-double.ts';
import { startDynamoDb } from './aws/dynamodb.ts';
import { type BusEvent, type EventBridgeDouble, startEventBridge } from './aws/eventbridge.ts';
import type { Fault } from './aws/faults.ts';
import { startKms } from './aws/kms.ts';
import { startSecretsManager } from './aws/secrets-manager.ts';
import { startSqs } from './aws/sqs.ts';
import { type ChosenGoogle, chooseGoogle } from './choose-google.ts';
import { openDataFolder } from './data-folder.ts';
import { writeEnvironmentFile } from './environment-file.ts';
import { type FunctionHost, hostFunctions } from './functions.ts';
import { noSharedAwsFiles } from './reach-local-services.ts';
import { type AwsAccess, createMissingResources, resourceNames } from './resources.ts';
import { scheduledEvent } from './schedule.ts';
import type { LocalEnvironmentOptions } from './settings.ts';
import { endpoints, settingsOfFunctions } from './settings.ts';
import { type LocalSync, startSync } from './sync.ts';

export type { SiteAnswer } from './api-gateway.ts';
export type { AwsCall } from './aws/aws-call.ts';
export type { BusEvent } from './aws/eventbridge.ts';
export type { Fault } from './aws/faults.ts';
export type { LogRecord } from './log-record.ts';
export type { LocalEnvironmentOptions } from './settings.ts';
export { StartError } from './start-error.ts';

/** The AWS services in use, and the functions' resources in them. */
export interface LocalAws {
  readonly dynamodbEndpoint: string;
  readonly kmsEndpoint: string;
  readonly secretsManagerEndpoint: string;
  readonly sqsEndpoint: string;
  readonly eventBridgeEndpoint: string;
  readonly region: string;
  readonly credentials: AwsAccess['credentials'];
  readonly tableNames: Readonly<Record<TableName, string>>;
  readonly tokenKey: string;
  readonly loginKey: string;
  /** Defined if refresh tokens are bound to a key. */
  readonly dpopKey: string | undefined;
  readonly clientSecretId: string;
  readonly syncQueueUrl: string;
  readonly eventBus: string;
  /** The latest events on the embedded bus, oldest first. */
  events(): readonly BusEvent[];
  /** Makes the next calls of one operation of an embedded service fail. */
  failNext(fault: Fault & { readonly service: AwsService }): void;
  /** Makes an embedded service refuse connections, or accept them again. */
  refuse(service: AwsService, refusing: boolean): Promise<void>;
}

/** The whole site, running on one machine. */
export interface LocalEnvironment {
  /** The URL of the site, such as `http://localhost:3000`. */
  readonly origin: string;
  /** The local Google and the addresses of its accounts; undefined with the real one. */
  readonly google: ChosenGoogle['local'];
  /** The ID of the client in the client secret file in use. */
  readonly clientId: string;
  /** The environment variables of the functions. */
  readonly variables: Readonly<Record<string, string>>;
  /** The redirect URIs that the client secret file names. */
  readonly registeredRedirectUris: readonly string[];
  readonly aws: LocalAws;
  /** Invokes a function; resolves with its response. */
  invoke(functionName: FunctionName, event: unknown): Promise<unknown>;
  /** Terminates a function at any point; its next invocation starts it again. */
  kill(functionName: FunctionName): Promise<void>;
  /**
   * Runs one dispatch, as the schedule does.
   *
   * @param scheduledAt epoch milliseconds of the tick; by default the current time of the functions' clock
   */
  tick(scheduledAt?: number): Promise<unknown>;
  /** Sets how far the clocks of all functions and schedules run ahead. */
  setClockOffset(milliseconds: number): void;
  /** Stops everything; the data remains. */
  close(): Promise<void>;
}

/**
 * Starts the services that the functions need (AWS, Google) and the local API Gateway. A function starts with its first
 * call. When this resolves, the site answers.
 *
 * @throws StartError for a reason that the developer can fix; nothing is left running
 */
export async function startLocalEnvironment(options: LocalEnvironmentOptions): Promise<LocalEnvironment> {
  const closers: (() => Promise<void>)[] = [];
  const opened = <Service extends { close(): Promise<void> }>(service: Service): Service => {
    closers.push(() => service.close());
    return service;
  };
  const { syncIntervalSeconds = 60, dpop = 'off' } = options;
  let gateway: ApiGateway | undefined;
  let sync: LocalSync | undefined;
  const close = async () => {
    // First stop new jobs and requests, while those under way still have their services; then close in reverse order.
    await Promise.all([sync?.close(), gateway?.close()]);
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    const dataFolder = resolve(options.dataFolder);
    opened(await openDataFolder(dataFolder));
    const aws = opened(await startAws(dataFolder, options));
    gateway = await startApiGateway({
      port: options.port,
      iam: aws.access,
      cors: corsOf((options.allowedReturnOrigins ?? '').split(' ').filter((word) => word !== '')),
      onAnswer: options.onAnswer,
      onLog: options.onLog,
    });
    const google = opened(
      await chooseGoogle({
        ...options,
        dataFolder,
        origin: gateway.origin,
        quota: { profile: options.quotaProfile ?? '2026', minuteSeconds: syncIntervalSeconds },
      }),
    );
    const syncQueueUrl = await createMissingResources(aws.access, google.client.text, dpop);
    const dpopKey = dpop === 'on' ? resourceNames.dpopKey : undefined;
    const functionVariables = {
      ...variablesOf({
        origin: gateway.origin,
        ...settingsOfFunctions(options, syncIntervalSeconds),
        ...resourceNames.settings,
        clientId: google.client.clientId,
        syncQueue: syncQueueUrl,
        dpopKey,
        ...google.settings,
      }),
      ...endpointVariables(aws.access),
    };
    const variables = { ...functionVariables, ...credentialVariables(aws.access) };
    const functions = opened(hostAllFunctions(dataFolder, options, variables));
    opened(await writeEnvironmentFile(dataFolder, functionVariables));
    gateway.serve(functions.invoke);
    let clockOffset = 0;
    const clock = () => Date.now() + clockOffset;
    if (options.sync !== false) {
      sync = startSync({
        access: aws.access,
        queueUrl: syncQueueUrl,
        intervalSeconds: syncIntervalSeconds,
        invoke: functions.invoke,
        clock,
      });
    }
    return {
      origin: gateway.origin,
      google: google.local,
      clientId: google.client.clientId,
      variables,
      registeredRedirectUris: google.client.redirectUris,
      aws: {
        ...aws.access,
        tableNames: resourceNames.tables,
        ...resourceNames.settings,
        dpopKey,
        syncQueueUrl,
        events: aws.events,
        failNext: aws.failNext,
        refuse: aws.refuse,
      },
      invoke: functions.invoke,
      kill: functions.kill,
      tick: (scheduledAt = clock()) => functions.invoke('sync-dispatch', scheduledEvent(scheduledAt, 1_000)),
      setClockOffset: (milliseconds) => {
        clockOffset = milliseconds;
        functions.setClockOffset(milliseconds);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startAws(
  dataFolder: string,
  { awsEndpoints = {}, onAwsCall, onEvent }: LocalEnvironmentOptions,
) {
  const doubles = new Map<AwsService, AwsDouble>();
  const start = async (service: AwsService, own: string | undefined, double: () => Promise<AwsDouble>) => {
    if (own !== undefined) return own;
    const started = await double();
    doubles.set(service, started);
    return started.endpoint;
  };
  const close = async () => {
    await Promise.all([...doubles.values()].map((double) => double.close()));
  };
  try {
    const dynamodbEndpoint = await start('dynamodb', awsEndpoints.dynamodb, () =>
      startDynamoDb(join(dataFolder, 'dynamodb'), onAwsCall),
    );
    const kmsEndpoint = await start('kms', awsEndpoints.kms, () =>
      startKms(join(dataFolder, 'kms'), onAwsCall),
    );
    const secretsManagerEndpoint = await start('secretsmanager', awsEndpoints.secretsManager, () =>
      startSecretsManager(join(dataFolder, 'secrets'), onAwsCall),
    );
    const sqsEndpoint = await start('sqs', awsEndpoints.sqs, () =>
      startSqs(join(dataFolder, 'sqs'), onAwsCall),
    );
    let bus: EventBridgeDouble | undefined;
    const eventBridgeEndpoint = await start('eventbridge', awsEndpoints.eventBridge, async () => {
      bus = await startEventBridge({
        ...(onAwsCall !== undefined && { onCall: onAwsCall }),
        ...(onEvent !== undefined && { onEvent }),
      });
      return bus;
    });
    const access: AwsAccess = {
      dynamodbEndpoint,
      kmsEndpoint,
      secretsManagerEndpoint,
      sqsEndpoint,
      eventBridgeEndpoint,
      ...ownAccess(Object.values(awsEndpoints).some((endpoint) => endpoint !== undefined)),
    };
    const failNext = ({ service, ...fault }: Fault & { readonly service: AwsService }) =>
      doubles.get(service)?.failNext(fault);
    const refuse = async (service: AwsService, refusing: boolean) => doubles.get(service)?.refuse(refusing);
    return { access, failNext, refuse, events: () => bus?.events() ?? [], close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** An external emulator may check region and credentials; the embedded services do not. */
function ownAccess(ownServices: boolean): Pick<AwsAccess, 'region' | 'credentials'> {
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!ownServices || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    return { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  }
  return {
    region: AWS_REGION || 'us-east-1',
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    },
  };
}

/** The variables that point the functions to AWS. */
function endpointVariables(access: AwsAccess): Record<string, string> {
  const services = Object.keys(endpoints) as (keyof typeof endpoints)[];
  const found = services.map((name) => [endpoints[name].variable, access[`${name}Endpoint`]]);
  return { ...Object.fromEntries(found), AWS_REGION: access.region };
}

function credentialVariables({ credentials }: AwsAccess): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
  };
}

function hostAllFunctions(
  dataFolder: string,
  { bundles, functionsIdle, spareWorkers, onLog }: LocalEnvironmentOptions,
  variables: Readonly<Record<string, string>>,
): FunctionHost {
  const folder = bundles ?? join(dataFolder, 'bundles');
  const bundled = new Map<string, Promise<unknown>>();
  return hostFunctions({
    entry: async (name) => {
      if (bundles === undefined) {
        const bundling = bundled.get(name) ?? bundleFunctions(folder, [name]);
        bundled.set(name, bundling);
        bundling.catch(() => bundled.delete(name));
        await bundling;
      }
      return pathToFileURL(join(folder, name, 'index.js'));
    },
    environment: (name) => ({
      ...variables,
      ...noSharedAwsFiles,
      AWS_LAMBDA_FUNCTION_NAME: name,
      // The SDK adds this name to its user agent, so the embedded services know the calling function.
      AWS_SDK_UA_APP_ID: name,
    }),
    idle: functionsIdle,
    spareWorkers,
    ...(onLog !== undefined && { onLog }),
  });
}
