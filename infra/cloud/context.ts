import type { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import * as v from 'valibot';
import { type Config, ConfigError, readConfig, type SettingName, shortValue } from '../../lambdas/config.ts';
import { faultOfSignUp } from '../sign-up.ts';
import { faultOfClientId, faultsBetween, type LogRetention, stackChoices, text } from './choices.ts';

/** The choices that functions read, each with the variable that holds it there. */
export const passedOn = {
  clientId: 'CLIENT_ID',
  scopes: 'SCOPES',
  allowedReturnOrigins: 'ALLOWED_RETURN_ORIGINS',
  signUp: 'SIGN_UP',
  signUpDomains: 'SIGN_UP_DOMAINS',
  accessTokens: 'ACCESS_TOKENS',
  copy: 'COPY',
  quotaProfile: 'QUOTA_PROFILE',
  dailyUnits: 'DAILY_UNITS',
  pollSeconds: 'POLL_SECONDS',
  quietPollSeconds: 'QUIET_POLL_SECONDS',
} as const satisfies Partial<Record<SettingName, string>>;

/** A choice that functions read. */
export type PassedOn = keyof typeof passedOn;

/** A variable that tells a function what the deployer chose. */
export type ChoiceVariable = (typeof passedOn)[PassedOn];

/** A name of the deployer's own for the site. */
export interface CustomDomain {
  readonly name: string;
  /** Of a certificate for that name, in the region of the stacks. */
  readonly certificateArn: string;
}

/** What the deployer may choose, as `cdk deploy --context name=value`. */
export interface DeploymentContext
  extends Pick<Config<PassedOn>, 'allowedReturnOrigins' | 'copy' | 'quotaProfile' | 'dailyUnits'> {
  /** Stands in every fixed name, so that several deployments can share one account. */
  readonly stage: string;
  /** How many mailboxes are synced at once, at the most. */
  readonly syncWorkers: number;
  /** Who is told of an alarm. */
  readonly alarmEmail?: string;
  /** Where `infra/tools/README.md` can be read by whoever is told. */
  readonly runbookUrl?: string;
  /** Under which name the site lives; left out, API Gateway names it. */
  readonly domain?: CustomDomain;
  readonly logRetentionDays: LogRetention;
  /** Which of the keys is in use that the login key can make; another one ends every session. */
  readonly loginKeyVersion: number;
  /** Whether the token key can have replicas in other regions; settled by the first deployment. */
  readonly multiRegionKey: 'off' | 'on';
  /** The only role beside those of the functions that may decrypt tokens. */
  readonly breakGlassRoleArn?: string;
  /** Whether refresh tokens are bound to a key that nobody can export. */
  readonly dpop: 'off' | 'on';
  /** What becomes of the data when its stack is deleted. */
  readonly removalPolicy: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY;
  /** What was chosen for the functions to read; for the rest they use their own defaults. */
  readonly variables: Readonly<Partial<Record<ChoiceVariable, string>>>;
}

const contextSchema = v.object({
  ...stackChoices,
  ...v.entriesFromList(Object.keys(passedOn) as PassedOn[], v.exactOptional(text)),
});

/**
 * Bytes that the choices may take of a function's environment. Lambda allows 4,096 for all variables as JSON (“Lambda
 * quotas”); the names of tables, the key, the secret, the queue and the site take up to 1,024.
 */
const mostBytes = 3_072;

/** Every choice there is, by its name. */
export const choiceNames: readonly string[] = Object.keys(contextSchema.entries);

/**
 * Reads the deployer's choices from the CDK context. In an app of our own, a name that nobody knows is a slip: what was
 * meant by it would be left out without a word. CDK's own names are none of the form of ours.
 *
 * @throws ConfigError naming everything that is wrong, at once.
 */
export function readContext(scope: Construct): DeploymentContext {
  const given: Readonly<Record<string, unknown>> = scope.node.getAllContext();
  const ours = Object.entries(given).filter(([name]) => /^[A-Za-z]\w*$/.test(name));
  return readDeployment(Object.fromEntries(ours), 'context value');
}

/**
 * Reads choices by their names, whoever made them.
 *
 * @param kind what a choice is called to whoever made a faulty one
 * @param region where the stacks will stand, as far as that is known
 * @throws ConfigError naming everything that is wrong, at once.
 */
export function readDeployment(
  choices: Readonly<Record<string, unknown>>,
  kind: 'context value' | 'property',
  region?: string,
): DeploymentContext {
  const result = v.safeParse(contextSchema, choices);
  const faults = Object.keys(choices)
    .filter((name) => !choiceNames.includes(name))
    .map((name) => `Unknown ${kind} "${name}". Known: ${choiceNames.join(', ')}.`);
  for (const issue of result.issues ?? []) {
    faults.push(`The ${kind} "${v.getDotPath(issue)}" ${issue.message}${shortValue(issue.input)}.`);
  }
  faults.push(...faultsBetween(choices, kind, region));
  const variables = variablesOf(Object.entries(choices));
  const ofFunctions: string[] = [];
  const config = readChoices(variables, ofFunctions, ...(Object.keys(passedOn) as PassedOn[]));
  // By themselves: what is wrong with others does not hide what is wrong between these.
  const signUp = readChoices(variables, [], 'signUp', 'signUpDomains');
  const fault = signUp && faultOfSignUp(signUp);
  if (fault !== undefined) ofFunctions.push(fault);
  const client = readChoices(variables, [], 'clientId');
  const faultOfClient = client && faultOfClientId(client.clientId);
  if (faultOfClient !== undefined) ofFunctions.push(faultOfClient);
  ofFunctions.push(...faultsOfSize(variables));
  faults.push(...ofFunctions.map((line) => `The ${kind} ${byChoices(line, kind)}.`));
  if (config === undefined || !result.success || faults.length > 0) {
    throw new ConfigError(`The deployment is not well described.\n${faults.join('\n')}`);
  }
  const { stage, syncWorkers, alarmEmail, runbookUrl, domainName, certificateArn } = result.output;
  const { logRetentionDays, loginKeyVersion, multiRegionKey, dpop, removalPolicy } = result.output;
  const { breakGlassRoleArn } = result.output;
  const { allowedReturnOrigins, copy, quotaProfile, dailyUnits } = config;
  return {
    ...{ stage, syncWorkers, allowedReturnOrigins, copy, quotaProfile, dailyUnits, variables },
    ...{ logRetentionDays, loginKeyVersion, multiRegionKey, dpop, removalPolicy },
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
    ...(runbookUrl === undefined ? {} : { runbookUrl }),
    ...(breakGlassRoleArn === undefined ? {} : { breakGlassRoleArn }),
    ...(domainName === undefined || certificateArn === undefined
      ? {}
      : { domain: { name: domainName, certificateArn } }),
  };
}

/** Names the longest choice if they do not fit the environment of a function. */
function faultsOfSize(variables: DeploymentContext['variables']): string[] {
  const bytes = bytesOf(JSON.stringify(variables));
  const [longest] = Object.entries(variables).toSorted(([, one], [, other]) => bytesOf(other) - bytesOf(one));
  if (bytes <= mostBytes || longest === undefined) return [];
  const [variable, value] = longest;
  return [
    `${variable} is too long with ${bytesOf(value)} bytes: all choices that functions read take ${bytes} bytes of their ` +
      `environment variables, and ${mostBytes} fit (Lambda allows 4 KB in all)`,
  ];
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/** Names choices as the deployer writes them, and not as the variables that hold them in a function. */
function byChoices(fault: string, kind: 'context value' | 'property'): string {
  const named = Object.entries(passedOn).reduce(
    (line, [name, variable]) => line.replaceAll(new RegExp(`\\b${variable}\\b`, 'g'), name),
    fault,
  );
  const written = named.replace(/^\w+/, '"$&"');
  if (kind === 'context value') return written;
  return written.replace('separated by spaces', 'in an array').replace(/\b(\w+)=(\w+)/, "$1: '$2'");
}

function variablesOf(given: readonly (readonly [string, unknown])[]): DeploymentContext['variables'] {
  const variables: Partial<Record<ChoiceVariable, string>> = {};
  for (const [name, value] of given) {
    if (name in passedOn && v.is(text, value)) variables[passedOn[name as PassedOn]] = String(value);
  }
  return variables;
}

/** Reads the choices as the functions will, so that they can refuse none. */
function readChoices<Name extends PassedOn>(
  variables: DeploymentContext['variables'],
  faults: string[],
  ...names: Name[]
): Config<Name> | undefined {
  try {
    return readConfig(variables, ...names);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(...error.message.split('\n').slice(1));
    return undefined;
  }
}
