import type { Construct } from 'constructs';
import * as v from 'valibot';
import { type Config, ConfigError, readConfig, type SettingName } from '../../lambdas/config.ts';
import { faultOfSignUp } from '../sign-up.ts';

/** The choices that functions read, each with the variable that holds it there. */
export const passedOn = {
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

/** What the deployer may choose, as `cdk deploy --context name=value`. */
export interface DeploymentContext
  extends Pick<Config<PassedOn>, 'allowedReturnOrigins' | 'copy' | 'quotaProfile' | 'dailyUnits'> {
  /** Stands in every fixed name, so that several deployments can share one account. */
  readonly stage: string;
  /** How many mailboxes are synced at once, at the most. */
  readonly syncWorkers: number;
  /** Who is told of an alarm. */
  readonly alarmEmail?: string;
  /** What was chosen for the functions to read; for the rest they use their own defaults. */
  readonly variables: Readonly<Partial<Record<ChoiceVariable, string>>>;
}

/** A value of the command line is text; one of `cdk.json` may be a number. */
const text = v.union([v.string(), v.pipe(v.number(), v.transform(String))], 'must be text or a number');

const stageRule = 'must be 1 to 20 lower-case letters, digits or hyphens';
const workersRule = 'must be a whole number from 2 to 1000';
const emailRule = 'must be an e-mail address';

const contextSchema = v.object({
  stage: v.optional(v.pipe(v.string(stageRule), v.regex(/^[a-z0-9-]{1,20}$/, stageRule)), 'prod'),
  syncWorkers: v.optional(
    v.pipe(
      text,
      v.regex(/^\d{1,4}$/, workersRule),
      v.transform(Number),
      v.minValue(2, workersRule),
      v.maxValue(1000, workersRule),
    ),
    // What a full minute of the project takes, and half as many more: see "How large a worker is" in infra/README.md.
    '20',
  ),
  alarmEmail: v.exactOptional(v.pipe(v.string(emailRule), v.email(emailRule))),
  ...v.entriesFromList(Object.keys(passedOn) as PassedOn[], v.exactOptional(text)),
});

/**
 * Reads the deployer's choices from the CDK context.
 *
 * @throws ConfigError naming everything that is wrong, at once.
 */
export function readContext(scope: Construct): DeploymentContext {
  const given = Object.keys(contextSchema.entries).flatMap((name) => {
    const value: unknown = scope.node.tryGetContext(name);
    return value === undefined ? [] : [[name, value]];
  });
  return readDeployment(Object.fromEntries(given), 'context value');
}

/**
 * Reads choices by their names, whoever made them.
 *
 * @param kind what a choice is called to whoever made a faulty one
 * @throws ConfigError naming everything that is wrong, at once.
 */
export function readDeployment(
  choices: Readonly<Record<string, unknown>>,
  kind: 'context value' | 'property',
): DeploymentContext {
  const result = v.safeParse(contextSchema, choices);
  const faults = (result.issues ?? []).map(
    (issue) => `The ${kind} "${v.getDotPath(issue)}" ${issue.message}.`,
  );
  const variables = variablesOf(Object.entries(choices));
  const config = readChoices(variables, faults);
  const fault = config && faultOfSignUp(config);
  if (fault !== undefined) faults.push(fault);
  if (config === undefined || !result.success || faults.length > 0) {
    throw new ConfigError(`The deployment is not well described.\n${faults.join('\n')}`);
  }
  const { stage, syncWorkers, alarmEmail } = result.output;
  const { allowedReturnOrigins, copy, quotaProfile, dailyUnits } = config;
  return {
    ...{ stage, syncWorkers, allowedReturnOrigins, copy, quotaProfile, dailyUnits, variables },
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
  };
}

function variablesOf(given: readonly (readonly [string, unknown])[]): DeploymentContext['variables'] {
  const variables: Partial<Record<ChoiceVariable, string>> = {};
  for (const [name, value] of given) {
    if (name in passedOn && v.is(text, value)) variables[passedOn[name as PassedOn]] = String(value);
  }
  return variables;
}

/** Reads the choices as the functions will, so that they can refuse none. */
function readChoices(
  variables: DeploymentContext['variables'],
  faults: string[],
): Config<PassedOn> | undefined {
  try {
    return readConfig(variables, ...(Object.keys(passedOn) as PassedOn[]));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(...error.message.split('\n').slice(1));
    return undefined;
  }
}
