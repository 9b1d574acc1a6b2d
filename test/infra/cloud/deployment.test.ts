import { Lazy } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { readContext } from '../../../infra/cloud/deployment.ts';
import { clientId, emptyApp } from '../../support/cloud.ts';

const read = (context: Record<string, unknown> = {}) => readContext(emptyApp({ clientId, ...context }));
const readWithoutClient = (context: Record<string, unknown> = {}) => readContext(emptyApp(context));

const clientRule =
  'must be the `client_id` in client_secret.json, which ends in .apps.googleusercontent.com, never the `client_secret`';
const certificateArn =
  'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f';
const domainName = 'mail.example.com';

it('has something for everything that was left open, and tells the functions nothing but the client', () => {
  expect(read()).toEqual({
    clientId,
    scopes: ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/gmail.readonly'],
    allowedReturnOrigins: [],
    signUp: 'links-only',
    signUpDomains: [],
    accessTokens: 'off',
    copy: 'index',
    quotaProfile: '2026',
    pollSeconds: 60,
    quietPollSeconds: 300,
    stage: 'prod',
    syncWorkers: 10,
    logRetentionDays: 30,
    loginKeyVersion: 1,
    multiRegionKey: 'off',
    dpop: 'off',
    removalPolicy: 'retain',
    given: { clientId },
  });
});

it.each<[string, unknown, unknown?]>([
  ['stage', 'dev'],
  ['stage', 'team-7'],
  ['stage', 'a'.repeat(20)],
  ['clientId', '1234.apps.googleusercontent.com'],
  // Known only when the deployment runs, as that of a parameter.
  ['clientId', Lazy.string({ produce: () => clientId })],
  ['scopes', 'openid https://mail.google.com/', ['openid', 'https://mail.google.com/']],
  ['allowedReturnOrigins', 'https://a.example.com com.app:', ['https://a.example.com', 'com.app:']],
  ['signUp', 'open'],
  ['accessTokens', 'on'],
  ['copy', 'off'],
  ['quotaProfile', 'legacy'],
  // A number of cdk.json, text of the command line.
  ['dailyUnits', 5_000_000],
  ['pollSeconds', '30', 30],
  ['syncWorkers', 2],
  ['syncWorkers', '1000', 1000],
  ['alarmEmail', 'ops@example.com'],
  ['runbookUrl', 'https://git.example.com/mail/infra/tools/README.md'],
  ['logRetentionDays', '1', 1],
  ['logRetentionDays', 365],
  ['logRetentionDays', '3653', 3653],
  ['loginKeyVersion', '2', 2],
  ['multiRegionKey', 'on'],
  ['dpop', 'on'],
  ['breakGlassRoleArn', 'arn:aws:iam::123456789012:role/break-glass'],
  [
    'breakGlassRoleArn',
    'arn:aws-us-gov:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Ops_0a1b',
  ],
])('%s may be %s', (name, value, parsed = value) => {
  expect(read({ [name]: value })).toMatchObject({ [name]: parsed, given: { [name]: String(value) } });
});

const role = 'must be the ARN of an IAM role, without wildcards';

it.each<[string, string, unknown[]]>([
  [
    'stage',
    'must be 1 to 20 lower-case letters, digits or hyphens',
    ['', 'Prod', 'my_stage', 'a b', 'a/b', 'a'.repeat(21), ['dev']],
  ],
  ['clientId', `is missing: it ${clientRule}.`, ['']],
  [
    'clientId',
    `${clientRule}.`,
    [
      'GOCSPX-a1b2c3d4e5f6',
      'GOCSPX-a1b2',
      'a1b2c3',
      '1234-abcd.apps.googleusercontent.com.example.com',
      '1234-abcd.apps.googleusercontent.com ',
      '1234 abcd.apps.googleusercontent.com',
      '"1234-abcd.apps.googleusercontent.com"',
      'https://1234-abcd.apps.googleusercontent.com',
      '.apps.googleusercontent.com',
      1234,
    ],
  ],
  ['scopes', 'must list scopes separated by spaces', ['openid email', ['openid']]],
  ['allowedReturnOrigins', 'must list origins', ['http://app.example.com', 'myapp:', { origin: 'a.b:' }]],
  ['signUp', 'must be `links-only`, `domains` or `open` (got `everybody`).', ['everybody']],
  ['signUp', 'must be `links-only`, `domains` or `open`.', ['']],
  ['accessTokens', 'must be `off` or `on` (got `true`).', ['true', true]],
  ['syncWorkers', 'must be a whole number from 2 to 1000', [1, 1001, '2.5', 'many', '', true]],
  ['alarmEmail', 'must be an e-mail address', ['ops', `ops@${'a.'.repeat(124)}com`, '']],
  [
    'runbookUrl',
    'must be an https address of up to 500 characters.',
    ['http://git.example.com', 'README.md', 'https://git.example.com/#top', `https://${'a'.repeat(493)}`, ''],
  ],
  ['logRetentionDays', 'must be a number of days', [0, 2, '9999', 'a month', '', true]],
  [
    'logRetentionDays',
    'must be a number of days that CloudWatch knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, ' +
      '1096, 1827, 2192, 2557, 2922, 3288, 3653 (got `31`).',
    [31],
  ],
  ['loginKeyVersion', 'must be a whole number from 1 to 999', [0, 1.5, -1, 1000, 'two', '02']],
  ['multiRegionKey', 'must be off or on (got `true`).', ['true']],
  ['dpop', 'must be `off` or `on` (got `yes`).', ['yes']],
  ['stage', 'must be text or a number', [null, true]],
  ['removalPolicy', 'must be retain or destroy', ['', 'snapshot', 'Destroy', true]],
  ['breakGlassRoleArn', role, ['arn:aws:iam::123456789012:role/*', 'arn:aws:iam::123456789012:role/glass?']],
  ['breakGlassRoleArn', role, ['arn:aws:iam::*:role/break-glass', 'arn:aws:iam::123456789012:root']],
  ['breakGlassRoleArn', role, ['arn:aws:iam::123456789012:user/ada', '123456789012', '']],
  ['breakGlassRoleArn', role, ['arn:aws:sts::123456789012:assumed-role/break-glass/ada']],
])('%s %s', (name, fault, values) => {
  for (const value of values) {
    expect(faultsOf({ [name]: value })).toEqual([
      expect.stringContaining(`The context value "${name}" ${fault}`),
    ]);
  }
});

describe('who may sign up', () => {
  it('is told by domains where they decide, and by no domains otherwise', () => {
    expect(read({ signUp: 'domains', signUpDomains: 'example.com example.org' })).toMatchObject({
      signUpDomains: ['example.com', 'example.org'],
    });
    expect(faultsOf({ signUp: 'domains', signUpDomains: '@example.com' })).toEqual([
      expect.stringContaining('The context value "signUpDomains" must list domains'),
    ]);
    expect(faultsOf({ signUp: 'domains' })).toEqual([
      'The context value "signUpDomains" is missing: signUp=domains needs them.',
    ]);
    expect(faultsOf({ signUpDomains: 'example.com' })).toEqual([
      'The context value "signUpDomains" must be unset unless signUp=domains.',
    ]);
  });
});

describe('what does not fit the environment of a function', () => {
  const originsOf = (count: number) =>
    Array.from({ length: count }, (_, n) => `https://customer-${100 + n}.a.example.com`).join(' ');

  it('is refused by the name of the longest choice, beside all else that is wrong', () => {
    expect(faultsOf({ allowedReturnOrigins: originsOf(90), syncWorkers: 1 })).toEqual([
      'The context value "syncWorkers" must be a whole number from 2 to 1000 (got `1`).',
      'The context value "allowedReturnOrigins" is too long with 3149 bytes: all choices that functions read take 3229 ' +
        'bytes of their environment variables, and 3072 fit (Lambda allows 4 KB in all).',
    ]);
  });

  it('is measured over all choices together', () => {
    const signUpDomains = Array.from({ length: 40 }, (_, n) => `customer-${100 + n}.example`).join(' ');
    const choices = { signUp: 'domains', signUpDomains, allowedReturnOrigins: originsOf(70) };
    expect(() => read({ ...choices, signUpDomains: 'customer-100.example' })).not.toThrow();
    expect(faultsOf(choices)).toEqual([expect.stringContaining('"allowedReturnOrigins" is too long')]);
  });
});

describe('a name of one’s own', () => {
  it('comes with a certificate', () => {
    expect(read({ domainName, certificateArn })).toMatchObject({ domainName, certificateArn });
    expect(faultsOf({ domainName })).toEqual([
      'The context value "domainName" needs "certificateArn" beside it.',
    ]);
    expect(faultsOf({ certificateArn })).toEqual([
      'The context value "certificateArn" needs "domainName" beside it.',
    ]);
  });

  it.each([
    '',
    'localhost',
    'Mail.example.com',
    'https://mail.example.com',
    'mail.example.com/',
    'mail.example.com.',
    '*.example.com',
    '-mail.example.com',
    '10.0.0.1',
    `${'a'.repeat(64)}.example.com`,
  ])('cannot be "%s"', (wrong) => {
    expect(() => read({ domainName: wrong, certificateArn })).toThrow(
      'The context value "domainName" must be a domain name in lower case, such as mail.example.com',
    );
  });

  it.each(['', 'mail.example.com', certificateArn.replace('acm', 'iam'), `${certificateArn}0`])(
    'does not come with "%s" as certificate',
    (arn) => {
      expect(faultsOf({ domainName, certificateArn: arn })).toEqual([
        'The context value "certificateArn" must be the ARN of a certificate in AWS Certificate Manager.',
      ]);
    },
  );
});

it('lets the data be deleted with its stack only where that was said of a stage that was named', () => {
  expect(read({ removalPolicy: 'destroy', stage: 'try' }).removalPolicy).toBe('destroy');
  for (const stage of [{}, { stage: 'prod' }]) {
    expect(faultsOf({ removalPolicy: 'destroy', ...stage })).toEqual([
      'The context value "removalPolicy" cannot be destroy in the stage prod: name a stage for tests.',
    ]);
  }
});

describe('an unknown name', () => {
  it.each(['alarmemail', 'removal_policy', 'Stage', 'constructor'])('is refused, as in %s', (name) => {
    expect(() => read({ [name]: 'x' })).toThrow(`Unknown context value "${name}". Known: clientId, scopes,`);
  });

  it('is ignored where it is CDK’s', () => {
    const names = [
      '@aws-cdk/core:x',
      'aws:cdk:enable-path-metadata',
      'availability-zones:account=1:region=eu',
    ];
    const others = [...names, 'acknowledged-issue-numbers', 'cli-telemetry', 'cdk-migrate'];
    expect(read(Object.fromEntries(others.map((name) => [name, true])))).toEqual(read());
  });
});

it('names everything that is wrong at once', () => {
  const wrong = {
    syncWorker: 5,
    stage: 'PROD',
    copy: 'full',
    pollSeconds: 'often',
    signUp: 'domains',
    quietPollSeconds: { seconds: 300 },
    domainName: 'mail',
    removalPolicy: 'snapshot',
  };
  expect(faultsOf(wrong, readWithoutClient)).toEqual([
    expect.stringContaining('Unknown context value "syncWorker"'),
    `The context value "clientId" is missing: it ${clientRule}.`,
    'The context value "copy" must be `off` or `index` (got `full`).',
    'The context value "pollSeconds" must be a whole number of seconds.',
    'The context value "quietPollSeconds" must be a whole number of seconds.',
    'The context value "stage" must be 1 to 20 lower-case letters, digits or hyphens (got `PROD`).',
    'The context value "domainName" must be a domain name in lower case, such as mail.example.com (got `mail`).',
    'The context value "removalPolicy" must be retain or destroy (got `snapshot`).',
    'The context value "signUpDomains" is missing: signUp=domains needs them.',
    'The context value "domainName" needs "certificateArn" beside it.',
  ]);
});

function faultsOf(context: Record<string, unknown>, reader = read): string[] {
  try {
    reader(context);
  } catch (error) {
    if (error instanceof Error) return error.message.split('\n').slice(1);
  }
  return [];
}
