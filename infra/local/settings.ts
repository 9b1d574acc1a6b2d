import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import {
  type Readable,
  settings as read,
  readEach,
  type SettingName,
  setting,
  type ValuesOf,
  variableOf,
} from '../../lambdas/config.ts';
import { dpop, faultsOfSignUp, type Notation, readByFunctions, type Setting } from '../settings.ts';
import type { SiteAnswer } from './api-gateway.ts';
import type { AwsCall } from './aws/aws-call.ts';
import type { BusEvent } from './aws/eventbridge.ts';
import type { SpareWorkers } from './functions.ts';
import type { LogRecord } from './log-record.ts';
import { StartError } from './start-error.ts';

const projectFolder = resolve(import.meta.dirname, '../..');

/** The settings of `npm start` are faulty. Each line of the message names one fault and its remedy. */
export class SettingsError extends StartError {}

function wholeNumber(maximum: number) {
  return v.pipe(v.string(), v.regex(/^\d{1,7}$/), v.transform(Number), v.maxValue(maximum));
}

const port = wholeNumber(65_535);
const portRule = 'be a port number from 0 to 65535; 0 takes any free one';

const url = v.pipe(v.string(), v.url(), v.regex(/^https?:/));

function endpoint(service: string, words: string) {
  const rule = 'be unset for the embedded service, or an http:// or https:// address';
  const read = setting(`AWS_ENDPOINT_URL_${service}`, v.optional(url), rule);
  return { ...read, usually: 'embedded', words: `your own ${words}` };
}

/** Where the services are that are used instead of the embedded ones. */
export const endpoints = {
  dynamodb: endpoint('DYNAMODB', 'DynamoDB emulator; missing tables are created'),
  kms: endpoint('KMS', 'KMS emulator; a missing key is created'),
  secretsManager: endpoint('SECRETS_MANAGER', 'Secrets Manager emulator; the client secret is stored there'),
  sqs: endpoint('SQS', 'SQS emulator; a missing queue is created'),
  eventBridge: endpoint('EVENTBRIDGE', 'EventBridge or emulator, with a bus named `gmail-offline-access`'),
} satisfies Readonly<Record<string, Setting>>;

/** What is chosen of the site on this machine. */
const ofSite = {
  port: {
    ...setting('PORT', v.optional(port, '3000'), portRule),
    words: 'port of the site; 0 takes any free one',
  },
  googlePort: {
    ...setting('GOOGLE_PORT', v.optional(port, '3001'), portRule),
    words: 'port of the local Google; 0 takes any free one',
  },
  dataFolder: {
    ...setting('DATA_DIR', v.optional(v.string(), '.local'), 'be a folder'),
    words: 'the folder for everything that outlives a restart',
  },
  demoMessages: {
    ...setting('DEMO_MESSAGES', v.optional(wholeNumber(100_000)), 'be a number of messages from 0 to 100000'),
    usually: '`300`',
    words: 'messages of the demo mailbox in a new data folder',
  },
  applicationName: {
    ...setting('GOOGLE_APPLICATION_NAME', v.optional(v.string()), 'be a name'),
    usually: '`Gmail offline access`',
    words: 'the application’s name on the local Google’s consent page',
  },
  clientSecretFile: {
    ...setting('CLIENT_SECRET_FILE', v.optional(v.string()), 'be a file'),
    usually: '`client_secret.json` in the project’s root, if there',
    words: 'an OAuth client as downloaded from Google; with it, the real Google',
  },
  googleIssuer: {
    ...read.googleIssuer,
    usually: 'Google, real or local',
    words: 'another OpenID issuer, on loopback; it wins over the client secret file',
  },
  gmailRootUrl: {
    ...read.gmailRootUrl,
    usually: 'Google, real or local',
    words: 'another Gmail, on loopback, such as a proxy that breaks things',
  },
  syncIntervalSeconds: {
    ...setting(
      'SYNC_INTERVAL_SECONDS',
      v.optional(v.pipe(wholeNumber(60), v.minValue(1)), '60'),
      'be a whole number of seconds from 1 to 60',
    ),
    words:
      'the length of the sync’s tick and of the quota’s minute, 1 to 60: at 1 the sync runs sixty times as fast; with ' +
      'the real Google it must stay 60',
  },
  ...readByFunctions,
  dpop,
} satisfies Readonly<Record<string, Setting>>;

type Values<Table extends Readonly<Record<string, Readable>>> = {
  readonly [Name in keyof Table]?: AsGiven<Exclude<ValuesOf<Table>[Name], undefined>>;
};

/** A list is given as words separated by spaces. */
type AsGiven<Value> = Value extends readonly string[] ? string : Value;

/** Variables are named by themselves, and given as a shell is. */
const notation: Notation = {
  nameOf: (name) => variableOf(name as SettingName),
  given: (name, value) => `${variableOf(name as SettingName)}=${value}`,
};

/** What `npm start` may be told. */
type LocalSettings = Values<typeof ofSite> & {
  /** Services used instead of the embedded ones. */
  readonly awsEndpoints?: Values<typeof endpoints>;
};

/** How the local environment runs: the settings of `npm start`, and what tests need beside them. */
export interface LocalEnvironmentOptions extends LocalSettings {
  /** Where the site listens; 0 takes any free port. */
  readonly port: number;
  /** Where the local Google listens; 0 takes any free port. */
  readonly googlePort: number;
  /** Where everything lies that outlives a restart; made if it is missing. */
  readonly dataFolder: string;
  /** A folder of the functions' bundles; by default each is bundled when it is first called. */
  readonly bundles?: string | undefined;
  /** How long a function that has nothing to do is kept, in milliseconds; by default always. */
  readonly functionsIdle?: number;
  /**
   * Workers of ended functions, shared by the sites of one process; by default a function takes a worker of its own.
   */
  readonly spareWorkers?: SpareWorkers;
  /** Whether schedules and queue start the sync; true unless a test drives it by hand. */
  readonly sync?: boolean;
  readonly onLog?: (record: LogRecord) => void;
  /** Told of every call to an embedded service before it is served; a promise that it returns holds the call back. */
  readonly onAwsCall?: (call: AwsCall) => void;
  /** Told of every answer on a route of the site. */
  readonly onAnswer?: (answer: SiteAnswer) => void;
  /** Told of every event that the embedded bus took. */
  readonly onEvent?: (event: BusEvent) => void;
}

/** All variables that `npm start` reads. */
export const localSettings: readonly (Setting & { readonly variable: string })[] = [
  ...Object.values(ofSite),
  ...Object.values(endpoints),
];

/**
 * Reads the settings of `npm start` from environment variables; an empty one counts as unset. Without
 * `CLIENT_SECRET_FILE`, a `client_secret.json` in the project's root is taken.
 *
 * @throws SettingsError naming everything that is wrong, at once
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  rootFolder = projectFolder,
): LocalEnvironmentOptions {
  const site = readVariables(ofSite, environment);
  const aws = readVariables(endpoints, environment);
  const { port, googlePort, dataFolder, syncIntervalSeconds } = site.values;
  const rootFile = join(rootFolder, 'client_secret.json');
  const { clientSecretFile = existsSync(rootFile) ? rootFile : undefined } = site.values;
  const faults = [...site.faults, ...aws.faults, ...faultsOfSignUp(site.values, notation)];
  if (faults.length === 0 && port !== 0 && port === googlePort) {
    faults.push('PORT and GOOGLE_PORT are the same: give each its own');
  }
  const { googleIssuer, gmailRootUrl } = site.set;
  const isRealGmail = clientSecretFile !== undefined && !googleIssuer && !gmailRootUrl;
  if (isRealGmail && syncIntervalSeconds !== undefined && syncIntervalSeconds !== 60) {
    faults.push('SYNC_INTERVAL_SECONDS must be unset: a minute of the real Google has 60 seconds');
  }
  if (port === undefined || googlePort === undefined || dataFolder === undefined || faults.length > 0) {
    throw new SettingsError(faults.join('\n'));
  }
  return {
    ...site.set,
    ...{ port, googlePort, dataFolder: resolve(dataFolder) },
    ...(clientSecretFile !== undefined && { clientSecretFile }),
    awsEndpoints: aws.set,
  };
}

/** What the functions are told of the settings. Waits shrink with the length of the sync's minute. */
export function settingsOfFunctions(options: LocalSettings, minuteSeconds: number) {
  const chosen: LocalSettings = {
    // It is one's own machine.
    signUp: readByFunctions.signUp.locally,
    pollSeconds: minuteSeconds,
    quietPollSeconds: 5 * minuteSeconds,
    ...options,
  };
  const names = Object.keys(readByFunctions) as (keyof typeof readByFunctions)[];
  const given = names.map((name) => [name, chosen[name]?.toString()]);
  const texts: Partial<Record<SettingName, string>> = Object.fromEntries(given);
  return { ...texts, minuteSeconds: String(minuteSeconds) };
}

type Table = Readonly<Record<string, Readable & { readonly variable: string }>>;

/** Reads a table of settings; apart from all values, those that are set: for the rest the environment chooses. */
function readVariables<T extends Table>(table: T, environment: Readonly<Record<string, string | undefined>>) {
  const texts = Object.fromEntries(
    Object.entries(table).map(([name, { variable }]) => [name, environment[variable] || undefined]),
  );
  const { values, faults } = readEach(table, texts, (name) => table[name]?.variable ?? name);
  const set = Object.entries(values)
    .filter(([name]) => texts[name] !== undefined)
    .map(([name, value]) => [name, Array.isArray(value) ? value.join(' ') : value]);
  return { values, faults, set: Object.fromEntries(set) as Values<T> };
}
