import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { ConfigError, readConfig, type SettingName, variableOf } from '../../lambdas/config.ts';
import { faultOfSignUp } from '../sign-up.ts';
import type { LocalEnvironmentOptions } from './environment.ts';
import { StartError } from './start-error.ts';

const projectFolder = resolve(import.meta.dirname, '../..');

/** The settings of `npm start` are faulty. Each line of the message names one fault and its remedy. */
export class SettingsError extends StartError {}

function wholeNumber(maximum: number) {
  return v.pipe(v.string(), v.regex(/^\d{1,7}$/), v.transform(Number), v.maxValue(maximum));
}

const port = wholeNumber(65_535);

const url = v.pipe(v.string(), v.url(), v.regex(/^https?:/));

const portRemedy = 'give a port number from 0 to 65535; 0 takes any free one';
const endpointRemedy = 'leave it unset for the embedded service, or give an http:// or https:// address';

/** The variables that only this machine knows; those that the functions know too are read as they read them. */
const variables = {
  PORT: { schema: v.optional(port, '3000'), remedy: portRemedy },
  GOOGLE_PORT: { schema: v.optional(port, '3001'), remedy: portRemedy },
  DATA_DIR: { schema: v.optional(v.string(), '.local'), remedy: 'give a folder' },
  CLIENT_SECRET_FILE: { schema: v.optional(v.string()), remedy: 'give a file' },
  GOOGLE_APPLICATION_NAME: { schema: v.optional(v.string()), remedy: 'give a name' },
  DEMO_MESSAGES: {
    schema: v.optional(wholeNumber(100_000)),
    remedy: 'give a number of messages from 0 to 100000',
  },
  DPOP: { schema: v.optional(v.picklist(['off', 'on'])), remedy: 'give `off` or `on`' },
  SYNC_INTERVAL_SECONDS: {
    schema: v.optional(v.pipe(wholeNumber(60), v.minValue(1))),
    remedy: 'give a whole number of seconds from 1 to 60',
  },
  AWS_ENDPOINT_URL_DYNAMODB: { schema: v.optional(url), remedy: endpointRemedy },
  AWS_ENDPOINT_URL_KMS: { schema: v.optional(url), remedy: endpointRemedy },
  AWS_ENDPOINT_URL_SECRETS_MANAGER: { schema: v.optional(url), remedy: endpointRemedy },
  AWS_ENDPOINT_URL_SQS: { schema: v.optional(url), remedy: endpointRemedy },
  AWS_ENDPOINT_URL_EVENTBRIDGE: { schema: v.optional(url), remedy: endpointRemedy },
};

/** The settings that the functions know too. */
const sharedSettings = [
  'scopes',
  'allowedReturnOrigins',
  'signUp',
  'signUpDomains',
  'accessTokens',
  'googleIssuer',
  'gmailRootUrl',
  'copy',
  'quotaProfile',
  'dailyUnits',
  'pollSeconds',
  'quietPollSeconds',
] as const satisfies readonly SettingName[];

/** The names of all variables that `npm start` reads. */
export const variableNames: readonly string[] = [
  ...Object.keys(variables),
  ...sharedSettings.map(variableOf),
];

type Variables = typeof variables;
type Values = { readonly [Name in keyof Variables]: v.InferOutput<Variables[Name]['schema']> };

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
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const { values, faults } = readValues(set);
  const shared = readShared(set);
  faults.push(...shared.faults, ...faultsOfSignUp(set));
  if (faults.length === 0 && values.PORT !== 0 && values.PORT === values.GOOGLE_PORT) {
    faults.push('PORT and GOOGLE_PORT are the same: give each its own');
  }
  const rootFile = join(rootFolder, 'client_secret.json');
  const clientSecretFile = values.CLIENT_SECRET_FILE ?? (existsSync(rootFile) ? rootFile : undefined);
  const isRealGmail = clientSecretFile !== undefined && !set['GOOGLE_ISSUER'] && !set['GMAIL_ROOT_URL'];
  if (isRealGmail && (values.SYNC_INTERVAL_SECONDS ?? 60) !== 60) {
    faults.push(
      'SYNC_INTERVAL_SECONDS is not valid: leave it unset, a minute of the real Google has 60 seconds',
    );
  }
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));
  return {
    port: values.PORT,
    googlePort: values.GOOGLE_PORT,
    dataFolder: resolve(values.DATA_DIR),
    ...defined({
      clientSecretFile,
      googleIssuer: set['GOOGLE_ISSUER'],
      gmailRootUrl: set['GMAIL_ROOT_URL'],
      scopes: set['SCOPES'],
      allowedReturnOrigins: set['ALLOWED_RETURN_ORIGINS'],
      signUpDomains: set['SIGN_UP_DOMAINS'],
      applicationName: values.GOOGLE_APPLICATION_NAME,
      demoMessages: values.DEMO_MESSAGES,
      syncIntervalSeconds: values.SYNC_INTERVAL_SECONDS,
      dpop: values.DPOP,
    }),
    ...shared.values,
    awsEndpoints: defined({
      dynamodb: values.AWS_ENDPOINT_URL_DYNAMODB,
      kms: values.AWS_ENDPOINT_URL_KMS,
      secretsManager: values.AWS_ENDPOINT_URL_SECRETS_MANAGER,
      sqs: values.AWS_ENDPOINT_URL_SQS,
      eventBridge: values.AWS_ENDPOINT_URL_EVENTBRIDGE,
    }),
  };
}

type Shared = Pick<
  LocalEnvironmentOptions,
  'signUp' | 'accessTokens' | 'copy' | 'quotaProfile' | 'dailyUnits' | 'pollSeconds' | 'quietPollSeconds'
>;

/** Reads what the functions read too, as they read it; what is unset is left to the environment to choose. */
function readShared(set: Readonly<Record<string, string | undefined>>): { values: Shared; faults: string[] } {
  try {
    const config = readConfig(set, ...sharedSettings);
    const values: Shared = defined({
      signUp: 'SIGN_UP' in set ? config.signUp : undefined,
      accessTokens: 'ACCESS_TOKENS' in set ? config.accessTokens : undefined,
      copy: 'COPY' in set ? config.copy : undefined,
      quotaProfile: 'QUOTA_PROFILE' in set ? config.quotaProfile : undefined,
      dailyUnits: config.dailyUnits,
      pollSeconds: 'POLL_SECONDS' in set ? config.pollSeconds : undefined,
      quietPollSeconds: 'QUIET_POLL_SECONDS' in set ? config.quietPollSeconds : undefined,
    });
    return { values, faults: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { values: {}, faults: error.message.split('\n').slice(1) };
  }
}

/** What is wrong with two settings together; of each alone it is said already. */
function faultsOfSignUp(set: Readonly<Record<string, string | undefined>>): string[] {
  try {
    const fault = faultOfSignUp(readConfig(set, 'signUp', 'signUpDomains'));
    return fault === undefined ? [] : [fault];
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

function readValues(set: Readonly<Record<string, string | undefined>>): { values: Values; faults: string[] } {
  const faults: string[] = [];
  const values = Object.entries(variables).map(([name, { schema, remedy }]) => {
    const result = v.safeParse(schema, set[name]);
    if (!result.success) faults.push(`${name} is not valid: ${remedy}`);
    return [name, result.output];
  });
  return { values: Object.fromEntries(values) as Values, faults };
}

type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
