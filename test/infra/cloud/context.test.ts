import { Lazy } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { readContext } from '../../../infra/cloud/context.ts';
import { clientId, emptyApp } from '../../support/cloud.ts';

const read = (context: Record<string, unknown> = {}) => readContext(emptyApp({ clientId, ...context }));
const readWithoutClient = (context: Record<string, unknown> = {}) => readContext(emptyApp(context));
const clientVariable = { CLIENT_ID: clientId };

it('has something for everything that was left open, and tells the functions nothing but the client', () => {
  expect(read()).toEqual({
    stage: 'prod',
    allowedReturnOrigins: [],
    copy: 'index',
    quotaProfile: '2026',
    syncWorkers: 10,
    logRetentionDays: 30,
    loginKeyVersion: 1,
    multiRegionKey: 'off',
    dpop: 'off',
    removalPolicy: 'retain',
    variables: clientVariable,
  });
});

describe('the stage', () => {
  it.each(['dev', 'team-7', 'a'.repeat(20)])('may be %s', (stage) => {
    expect(read({ stage })).toMatchObject({ stage });
  });

  it.each(['', 'Prod', 'my_stage', 'a b', 'a/b', 'a'.repeat(21), 7])('cannot be "%s"', (stage) => {
    expect(() => read({ stage })).toThrow(
      'The context value "stage" must be 1 to 20 lower-case letters, digits or hyphens',
    );
  });
});

describe('the scopes', () => {
  it('are taken as they were given', () => {
    const scopes = 'openid https://www.googleapis.com/auth/gmail.readonly';
    expect(read({ scopes }).variables).toEqual({ ...clientVariable, SCOPES: scopes });
  });

  it('are refused where the functions would refuse them', () => {
    expect(() => read({ scopes: 'openid email' })).toThrow('The context value "scopes" is not valid');
  });

  it('are refused when they are not text', () => {
    expect(() => read({ scopes: ['openid'] })).toThrow(
      'The context value "scopes" must be text or a number.',
    );
  });
});

describe('the client ID', () => {
  const remedy = 'give the `client_id` in client_secret.json, which ends in .apps.googleusercontent.com';

  it('is missed beside all else that is wrong', () => {
    expect(faultsOf({ stage: 'PROD', copy: 'all' }, readWithoutClient)).toEqual([
      'The context value "stage" must be 1 to 20 lower-case letters, digits or hyphens (got `PROD`).',
      `The context value "clientId" is missing: ${remedy}.`,
      'The context value "copy" must be `off` or `index` (got `all`).',
    ]);
    expect(faultsOf({ clientId: '' })).toEqual([`The context value "clientId" is missing: ${remedy}.`]);
  });

  it.each([
    'GOCSPX-a1b2c3d4e5f6',
    'GOCSPX-a1b2',
    'a1b2c3',
    '1234',
    '1234-abcd.apps.googleusercontent.com.example.com',
    '1234-abcd.apps.googleusercontent.com ',
    '1234 abcd.apps.googleusercontent.com',
    '"1234-abcd.apps.googleusercontent.com"',
    'https://1234-abcd.apps.googleusercontent.com',
    '.apps.googleusercontent.com',
    1234,
  ])('is refused in another form than Google’s, and not repeated: %s', (wrong) => {
    const faults = faultsOf({ clientId: wrong });
    expect(faults).toEqual([
      `The context value "clientId" is not valid: ${remedy}, and never the \`client_secret\`.`,
    ]);
  });

  it.each(['1234-abcd.apps.googleusercontent.com', '1234.apps.googleusercontent.com'])('may be %s', (id) => {
    expect(read({ clientId: id }).variables).toEqual({ CLIENT_ID: id });
  });

  it('may be known only when the deployment runs, as that of a parameter', () => {
    const later = Lazy.string({ produce: () => '1234-abcd.apps.googleusercontent.com' });
    expect(read({ clientId: later }).variables).toEqual({ CLIENT_ID: later });
  });
});

describe('who may connect and call', () => {
  it('is handed to the functions as it was given', () => {
    const choices = {
      allowedReturnOrigins: 'https://app.example.com com.example.app:',
      signUp: 'domains',
      signUpDomains: 'example.com example.org',
      accessTokens: 'on',
    };
    expect(read(choices)).toMatchObject({
      allowedReturnOrigins: ['https://app.example.com', 'com.example.app:'],
      variables: {
        ALLOWED_RETURN_ORIGINS: 'https://app.example.com com.example.app:',
        SIGN_UP: 'domains',
        SIGN_UP_DOMAINS: 'example.com example.org',
        ACCESS_TOKENS: 'on',
      },
    });
  });

  it.each([
    [
      { allowedReturnOrigins: 'http://app.example.com' },
      'The context value "allowedReturnOrigins" is not valid',
    ],
    [
      { allowedReturnOrigins: 'http://app.example.com' },
      'The context value "allowedReturnOrigins" is not valid',
    ],
    [{ allowedReturnOrigins: 'myapp:' }, 'The context value "allowedReturnOrigins" is not valid'],
    [
      { signUp: 'everybody' },
      'The context value "signUp" must be `links-only`, `domains` or `open` (got `everybody`).',
    ],
    [{ signUp: 'domains', signUpDomains: '@example.com' }, 'The context value "signUpDomains" is not valid'],
    [{ signUp: 'domains' }, 'The context value "signUpDomains" is missing: signUp=domains needs them'],
    [
      { signUpDomains: 'example.com' },
      'The context value "signUpDomains" is not valid: leave it unset, or give signUp=domains',
    ],
    [{ accessTokens: 'true' }, 'The context value "accessTokens" must be `off` or `on` (got `true`).'],
  ])('is refused where it makes no sense: %j', (choices, words) => {
    expect(() => read(choices)).toThrow(words);
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

describe('the choices of the sync', () => {
  it('are handed to the functions, numbers of cdk.json as well as text of the command line', () => {
    const choices = { copy: 'off', quotaProfile: 'legacy', dailyUnits: 5_000_000, pollSeconds: '30' };
    expect(read({ ...choices, quietPollSeconds: 600 })).toMatchObject({
      copy: 'off',
      quotaProfile: 'legacy',
      dailyUnits: 5_000_000,
      variables: {
        COPY: 'off',
        QUOTA_PROFILE: 'legacy',
        DAILY_UNITS: '5000000',
        POLL_SECONDS: '30',
        QUIET_POLL_SECONDS: '600',
      },
    });
  });

  it.each([
    [2, 2],
    ['1000', 1000],
  ])('let %s workers run', (syncWorkers, workers) => {
    expect(read({ syncWorkers }).syncWorkers).toBe(workers);
  });

  it.each([1, 1001, '2.5', 'many', '', true])('do not let %s workers run', (syncWorkers) => {
    expect(() => read({ syncWorkers })).toThrow('The context value "syncWorkers" must be');
  });

  it('send alarms to an e-mail address', () => {
    expect(read({ alarmEmail: 'ops@example.com' }).alarmEmail).toBe('ops@example.com');
    for (const alarmEmail of ['ops', `ops@${'a.'.repeat(124)}com`]) {
      expect(() => read({ alarmEmail })).toThrow('The context value "alarmEmail" must be an e-mail address');
    }
  });

  it('link alarms to where the runbook can be read', () => {
    const runbookUrl = 'https://git.example.com/mail/infra/tools/README.md';
    expect(read({ runbookUrl }).runbookUrl).toBe(runbookUrl);
    const long = `https://${'a'.repeat(493)}`;
    for (const wrong of [
      'http://git.example.com',
      'infra/tools/README.md',
      'https://git.example.com/#top',
      long,
      '',
    ]) {
      expect(() => read({ runbookUrl: wrong })).toThrow(
        'The context value "runbookUrl" must be an https address of up to 500 characters.',
      );
    }
  });
});

const certificateArn =
  'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f';

describe('a name of one’s own', () => {
  it('comes with a certificate', () => {
    const domainName = 'mail.example.com';
    expect(read({ domainName, certificateArn }).domain).toEqual({ name: domainName, certificateArn });
    expect(() => read({ domainName })).toThrow(
      'The context value "domainName" needs "certificateArn" beside it.',
    );
    expect(() => read({ certificateArn })).toThrow(
      'The context value "certificateArn" needs "domainName" beside it.',
    );
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
  ])('cannot be "%s"', (domainName) => {
    expect(() => read({ domainName, certificateArn })).toThrow(
      'The context value "domainName" must be a domain name in lower case, such as mail.example.com',
    );
  });

  it.each(['', 'mail.example.com', certificateArn.replace('acm', 'iam'), `${certificateArn}0`])(
    'does not come with "%s" as certificate',
    (arn) => {
      expect(() => read({ domainName: 'mail.example.com', certificateArn: arn })).toThrow(
        'The context value "certificateArn" must be the ARN of a certificate in AWS Certificate Manager.',
      );
    },
  );
});

describe('the logs', () => {
  it.each([
    ['1', 1],
    [365, 365],
    ['3653', 3653],
  ])('are kept for %s days', (logRetentionDays, days) => {
    expect(read({ logRetentionDays }).logRetentionDays).toBe(days);
  });

  it.each([0, 2, 31, '9999', 'a month', '', true])('are not kept for %s days', (logRetentionDays) => {
    expect(() => read({ logRetentionDays })).toThrow('The context value "logRetentionDays" must be');
  });

  it('are kept for as long as CloudWatch can, which is told to whoever asks for something else', () => {
    expect(() => read({ logRetentionDays: 31 })).toThrow(
      'must be a number of days that CloudWatch knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, ' +
        '1096, 1827, 2192, 2557, 2922, 3288, 3653 (got `31`).',
    );
  });
});

describe('the data', () => {
  it('is deleted with its stack only where that was said of a stage that was named', () => {
    expect(read({ removalPolicy: 'destroy', stage: 'try' }).removalPolicy).toBe('destroy');
    for (const stage of [{}, { stage: 'prod' }]) {
      expect(() => read({ removalPolicy: 'destroy', ...stage })).toThrow(
        'The context value "removalPolicy" cannot be destroy in the stage prod: name a stage for tests.',
      );
    }
  });

  it.each(['', 'snapshot', 'Destroy', true])('knows no removal policy "%s"', (removalPolicy) => {
    expect(() => read({ removalPolicy, stage: 'try' })).toThrow(
      'The context value "removalPolicy" must be retain or destroy',
    );
  });

  it('has a version of the login key, which is a small number', () => {
    expect(read({ loginKeyVersion: '2' }).loginKeyVersion).toBe(2);
    for (const loginKeyVersion of [0, 1.5, -1, 1000, 'two', '02']) {
      expect(() => read({ loginKeyVersion })).toThrow(
        '"loginKeyVersion" must be a whole number from 1 to 999',
      );
    }
  });

  it('has a key for several regions only where that was said', () => {
    expect(read({ multiRegionKey: 'on' }).multiRegionKey).toBe('on');
    expect(() => read({ multiRegionKey: 'true' })).toThrow(
      'The context value "multiRegionKey" must be off or on (got `true`).',
    );
  });

  it('binds refresh tokens to a key only where that was said', () => {
    expect(read({ dpop: 'on' }).dpop).toBe('on');
    expect(() => read({ dpop: 'yes' })).toThrow('The context value "dpop" must be off or on (got `yes`).');
  });
});

describe('the break-glass role', () => {
  it.each([
    'arn:aws:iam::123456789012:role/break-glass',
    'arn:aws-us-gov:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Ops_0a1b',
  ])('may be %s', (breakGlassRoleArn) => {
    expect(read({ breakGlassRoleArn })).toMatchObject({ breakGlassRoleArn });
  });

  it.each([
    'arn:aws:iam::123456789012:role/*',
    'arn:aws:iam::123456789012:role/break-glass?',
    'arn:aws:iam::*:role/break-glass',
    'arn:aws:iam::123456789012:root',
    'arn:aws:iam::123456789012:user/ada',
    'arn:aws:sts::123456789012:assumed-role/break-glass/ada',
    '123456789012',
    '',
  ])('cannot be "%s"', (breakGlassRoleArn) => {
    expect(() => read({ breakGlassRoleArn })).toThrow(
      'The context value "breakGlassRoleArn" must be the ARN of an IAM role, without wildcards',
    );
  });
});

describe('an unknown name', () => {
  it.each(['alarmemail', 'removal_policy', 'Stage', 'constructor'])('is refused, as in %s', (name) => {
    expect(() => read({ [name]: 'x' })).toThrow(`Unknown context value "${name}". Known: stage,`);
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

  it('is reported with everything else that is wrong', () => {
    expect(faultsOf({ syncWorker: 5, stage: 'PROD' })).toEqual([
      expect.stringContaining('Unknown context value "syncWorker"'),
      expect.stringContaining('"stage" must be'),
    ]);
  });
});

it('names everything that is wrong at once', () => {
  const wrong = {
    stage: 'PROD',
    scopes: ['openid'],
    copy: 'full',
    quotaProfile: '2025',
    dailyUnits: '-1',
    pollSeconds: 'often',
    signUp: 'domains',
    quietPollSeconds: { seconds: 300 },
    syncWorkers: 1,
    alarmEmail: 7,
    domainName: 'mail',
    logRetentionDays: 31,
    loginKeyVersion: 'new',
    multiRegionKey: 'yes',
    removalPolicy: 'snapshot',
  };
  expect(faultsOf(wrong)).toEqual([
    'The context value "stage" must be 1 to 20 lower-case letters, digits or hyphens (got `PROD`).',
    'The context value "syncWorkers" must be a whole number from 2 to 1000 (got `1`).',
    'The context value "alarmEmail" must be an e-mail address (got `7`).',
    'The context value "domainName" must be a domain name in lower case, such as mail.example.com (got `mail`).',
    expect.stringContaining('The context value "logRetentionDays" must be a number of days'),
    'The context value "loginKeyVersion" must be a whole number from 1 to 999 (got `new`).',
    'The context value "multiRegionKey" must be off or on (got `yes`).',
    'The context value "removalPolicy" must be retain or destroy (got `snapshot`).',
    'The context value "scopes" must be text or a number.',
    'The context value "quietPollSeconds" must be text or a number.',
    'The context value "domainName" needs "certificateArn" beside it.',
    expect.stringContaining('The context value "copy" must be `'),
    expect.stringContaining('The context value "quotaProfile" must be `'),
    expect.stringContaining('The context value "dailyUnits" is not valid'),
    expect.stringContaining('The context value "pollSeconds" is not valid'),
    'The context value "signUpDomains" is missing: signUp=domains needs them.',
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
