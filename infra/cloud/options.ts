import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy, Token } from 'aws-cdk-lib/core';
import * as v from 'valibot';
import { type Readable, settings as read, shortValue } from '../../lambdas/config.ts';
import { stageName } from '../names.ts';
import { dpop, readByFunctions, type Setting } from '../settings.ts';

/** How long CloudWatch can keep logs, in days. Unlimited retention is excluded, because logs record who did what. */
export type LogRetention = Exclude<RetentionDays, RetentionDays.INFINITE>;

const retentions = Object.values(RetentionDays).filter(
  (days): days is LogRetention => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

const clientId = /^[\w.-]+\.apps\.googleusercontent\.com$/;
const domainName = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
const roleArn = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;
/** The ARN of a certificate in AWS Certificate Manager. */
export const certificateArn = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]{36}$/;

/** The options that are passed on to the functions, with the same schemas. */
const functionOptions = {
  clientId: {
    ...read.clientId,
    // The functions do not check its form: client IDs of other issuers, such as a local Google, may look different.
    schema: v.pipe(v.string(), v.check(knownTo(clientId))),
    usually: 'none: it is **required**',
    words:
      'the `client_id` in the `client_secret.json` of your OAuth client, which ends in `.apps.googleusercontent.com`. It ' +
      'is no secret. The file that you upload must be of the same client',
  },
  ...readByFunctions,
} satisfies Readonly<Record<string, Setting>>;

/** The names of the options that every function gets. */
export const functionOptionNames = Object.keys(functionOptions) as (keyof typeof functionOptions)[];

/** Every option of a deployment. */
export const options = {
  ...functionOptions,
  stage: {
    ...must(`be ${stageName.words}`, v.optional(matching(stageName.form), 'prod')),
    words:
      `the name of the deployment, so that several can share an account: ${stageName.words}. ` +
      'Never change it: tables are found by it',
  },
  syncWorkers: {
    // With more, a minute of Google's could contain the units of two ticks: see "How large a worker is" in
    // test/bench/README.md.
    ...must('be a whole number from 2 to 1000', v.optional(wholeNumber(2, 1000), '10')),
    type: 'number',
    words:
      'the number of workers that run at once, 2 to 1000. Each syncs up to ten mailboxes. See ' +
      '[how large a worker is](../test/bench/README.md#how-large-a-worker-is)',
  },
  alarmEmail: {
    // No address is longer (RFC 5321, 4.5.3.1.3).
    ...must('be an e-mail address', v.optional(v.pipe(v.string(), v.email(), v.maxLength(254)))),
    usually: 'nobody',
    words:
      'who gets [alarms](tools/README.md#when-an-alarm-is-raised); AWS asks that address to confirm first',
  },
  runbookUrl: {
    // An alarm’s description ends with it, and has 1,024 characters at most.
    ...must(
      'be an https address of up to 500 characters',
      v.optional(matching(/^(?=.{1,500}$)https:\/\/[^\s#]+$/)),
    ),
    words:
      'the https address of [infra/tools/README.md](tools/README.md) where your operators read it: alarms link to its ' +
      'paragraphs',
  },
  domainName: {
    ...must('be a domain name in lower case, such as mail.example.com', v.optional(matching(domainName))),
    usually: 'a name of API Gateway’s',
    words:
      '[a name of your own](README.md#a-name-of-your-own) for the site, such as `mail.example.com`, with ' +
      '`certificateArn`; API Gateway’s own name is then disabled',
  },
  certificateArn: {
    // A certificate or a role of the same application has its ARN only when deployed.
    ...must(
      'be the ARN of a certificate in AWS Certificate Manager',
      v.optional(v.pipe(v.string(), v.check(knownTo(certificateArn)))),
    ),
    words: 'with `domainName`, its certificate in AWS Certificate Manager, in the region of the deployment',
  },
  logRetentionDays: {
    ...must(
      `be a number of days that CloudWatch knows: ${retentions.join(', ')}`,
      v.optional(
        v.pipe(v.string(), v.transform(Number), v.picklist(retentions)),
        `${RetentionDays.ONE_MONTH}`,
      ),
    ),
    type: 'Exclude<RetentionDays, RetentionDays.INFINITE>',
    words: 'how long logs are kept: a number that CloudWatch knows, such as 7, 30, 90 or 365',
  },
  loginKeyVersion: {
    ...must('be a whole number from 1 to 999', v.optional(wholeNumber(1, 999), '1')),
    type: 'number',
    words:
      '1 to 999; changing it ends every session, pending sign-in, handoff and connect link. Grants and copies stay',
  },
  multiRegionKey: {
    ...must('be off or on', v.optional(v.picklist(['off', 'on']), 'off')),
    words:
      '`on`: the token key can have replicas in other regions, made by the role in `breakGlassRoleArn`. **It cannot be ' +
      'changed later**',
  },
  breakGlassRoleArn: {
    ...must(
      'be the ARN of an IAM role, without wildcards',
      v.optional(v.pipe(v.string(), v.check(knownTo(roleArn)))),
    ),
    words:
      'an IAM role of the account that may decrypt tokens: `grants export` and the ' +
      '[commands](tools/README.md#operator-commands) that revoke grants need it. Its own policies must allow ' +
      '`kms:Decrypt` as well. Without it, only the functions can decrypt',
  },
  dpop,
  removalPolicy: {
    ...must(
      'be retain or destroy',
      v.optional(v.picklist([RemovalPolicy.RETAIN, RemovalPolicy.DESTROY]), RemovalPolicy.RETAIN),
    ),
    type: `RemovalPolicy.RETAIN | RemovalPolicy.DESTROY | 'retain' | 'destroy'`,
    words:
      '`destroy`, for stages of tests: tables, keys and secret are deleted with the stack, without protection. Not for ' +
      '`prod`',
  },
} satisfies Readonly<Record<string, Setting>>;

function must<Schema extends Readable['schema']>(rule: string, schema: Schema) {
  return { schema, faultOf: (text = '') => `must ${rule}${shortValue(text)}` };
}

function matching(form: RegExp) {
  return v.pipe(v.string(), v.regex(form));
}

function wholeNumber(least: number, most: number) {
  const form = v.pipe(v.string(), v.regex(/^[1-9]\d{0,3}$/));
  return v.pipe(form, v.transform(Number), v.minValue(least), v.maxValue(most));
}

/** Whether a text matches. A CDK token always does: its value is known only at deployment. */
function knownTo(form: RegExp): (text: string) => boolean {
  return (text) => Token.isUnresolved(text) || form.test(text);
}
