import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Arn, ArnFormat, RemovalPolicy, Token } from 'aws-cdk-lib/core';
import * as v from 'valibot';

/** How long CloudWatch can keep logs, in days; for ever is left out, since logs tell who did what. */
export type LogRetention = Exclude<RetentionDays, RetentionDays.INFINITE>;

const retentions = Object.values(RetentionDays).filter(
  (days): days is LogRetention => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** A value of the command line is text; one of `cdk.json` may be a number. */
export const text = v.union(
  [v.string(), v.pipe(v.number(), v.transform(String))],
  'must be text or a number',
);

const rules = {
  stage: 'must be 1 to 20 lower-case letters, digits or hyphens',
  workers: 'must be a whole number from 2 to 1000',
  email: 'must be an e-mail address',
  domain: 'must be a domain name in lower case, such as mail.example.com',
  certificate: 'must be the ARN of a certificate in AWS Certificate Manager',
  retention: `must be a number of days that CloudWatch knows: ${retentions.join(', ')}`,
  loginKeyVersion: 'must be a whole number from 1 to 999',
  offOrOn: 'must be off or on',
  breakGlass: 'must be the ARN of an IAM role, without wildcards',
  removal: 'must be retain or destroy',
  runbook: 'must be an https address of up to 500 characters',
};

const domainName = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
const roleArn = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;
const certificateArn = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]{36}$/;

/** The choices that end with the stacks: no function has to know them. */
export const stackChoices = {
  stage: v.optional(v.pipe(v.string(rules.stage), v.regex(/^[a-z0-9-]{1,20}$/, rules.stage)), 'prod'),
  syncWorkers: v.optional(
    v.pipe(
      text,
      v.regex(/^\d{1,4}$/, rules.workers),
      v.transform(Number),
      v.minValue(2, rules.workers),
      v.maxValue(1000, rules.workers),
    ),
    // More would spend a full minute of the project too fast: see "How large a worker is" in test/bench/README.md.
    '10',
  ),
  // No address is longer (RFC 5321, 4.5.3.1.3).
  alarmEmail: v.exactOptional(
    v.pipe(v.string(rules.email), v.email(rules.email), v.maxLength(254, rules.email)),
  ),
  // An alarm’s description ends with it, and has 1,024 characters at most.
  runbookUrl: v.exactOptional(
    v.pipe(
      v.string(rules.runbook),
      v.maxLength(500, rules.runbook),
      v.regex(/^https:\/\/[^\s#]+$/, rules.runbook),
    ),
  ),
  domainName: v.exactOptional(v.pipe(v.string(rules.domain), v.regex(domainName, rules.domain))),
  certificateArn: v.exactOptional(
    v.pipe(
      v.string(rules.certificate),
      // A certificate of the same application has its ARN only when deployed.
      v.check((value) => Token.isUnresolved(value) || certificateArn.test(value), rules.certificate),
    ),
  ),
  logRetentionDays: v.optional(
    v.pipe(text, v.transform(Number), v.picklist(retentions, rules.retention)),
    `${RetentionDays.ONE_MONTH}`,
  ),
  loginKeyVersion: v.optional(
    v.pipe(text, v.regex(/^[1-9]\d{0,2}$/, rules.loginKeyVersion), v.transform(Number)),
    '1',
  ),
  multiRegionKey: v.optional(v.picklist(['off', 'on'], rules.offOrOn), 'off'),
  breakGlassRoleArn: v.exactOptional(
    v.pipe(
      v.string(rules.breakGlass),
      // A role of the same application has its ARN only when deployed.
      v.check((value) => Token.isUnresolved(value) || roleArn.test(value), rules.breakGlass),
    ),
  ),
  dpop: v.optional(v.picklist(['off', 'on'], rules.offOrOn), 'off'),
  removalPolicy: v.optional(
    v.picklist([RemovalPolicy.RETAIN, RemovalPolicy.DESTROY], rules.removal),
    RemovalPolicy.RETAIN,
  ),
};

/** What is wrong with a client ID, whose form the functions do not check: elsewhere than at Google, there are others. */
export function faultOfClientId(clientId: string): string | undefined {
  if (Token.isUnresolved(clientId) || /^[\w.-]+\.apps\.googleusercontent\.com$/.test(clientId))
    return undefined;
  return (
    'CLIENT_ID is not valid: give the `client_id` in client_secret.json, which ends in ' +
    '.apps.googleusercontent.com, and never the `client_secret`'
  );
}

/** What is wrong with choices together, each of which may be right by itself. */
export function faultsBetween(
  choices: Readonly<Record<string, unknown>>,
  kind: string,
  region: string | undefined,
): string[] {
  const { stage = 'prod', removalPolicy, domainName: domain, certificateArn: certificate } = choices;
  const faults: string[] = [];
  if (domain !== undefined && certificate === undefined) {
    faults.push(`The ${kind} "domainName" needs "certificateArn" beside it.`);
  }
  if (certificate !== undefined && domain === undefined) {
    faults.push(`The ${kind} "certificateArn" needs "domainName" beside it.`);
  }
  const itsRegion = regionOf(certificate);
  if (region !== undefined && itsRegion !== undefined && itsRegion !== region) {
    faults.push(
      `The ${kind} "certificateArn" names a certificate in ${itsRegion}: it must lie where the stacks do, in ${region}.`,
    );
  }
  // Whoever forgets to name the stage of tests would let go of everybody's grants.
  if (removalPolicy === RemovalPolicy.DESTROY && stage === 'prod') {
    faults.push(`The ${kind} "removalPolicy" cannot be destroy in the stage prod: name a stage for tests.`);
  }
  return faults;
}

function regionOf(arn: unknown): string | undefined {
  if (typeof arn !== 'string' || !certificateArn.test(arn)) return undefined;
  return Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME).region;
}
