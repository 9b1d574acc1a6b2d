import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { describeNearMisses } from '../../../infra/local/near-misses.ts';
import { readSettings, SettingsError, settingsOfFunctions } from '../../../infra/local/settings.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('without any variable the site is on 3000, the local Google on 3001, the data in .local', () => {
  expect(readSettings({}, temporaryFolder())).toEqual({
    port: 3000,
    googlePort: 3001,
    dataFolder: resolve('.local'),
    awsEndpoints: {},
  });
});

test('every variable is read', () => {
  const settings = readSettings({
    PORT: '4000',
    GOOGLE_PORT: '0',
    DATA_DIR: '/data',
    CLIENT_SECRET_FILE: '/secret.json',
    GOOGLE_ISSUER: 'http://127.0.0.1:5000',
    GMAIL_ROOT_URL: 'http://localhost:5001/',
    GOOGLE_APPLICATION_NAME: 'Mail of Example Ltd',
    DEMO_MESSAGES: '0',
    SCOPES: 'openid https://www.googleapis.com/auth/gmail.readonly',
    AWS_ENDPOINT_URL_DYNAMODB: 'http://emulator:4566',
    AWS_ENDPOINT_URL_KMS: 'https://emulator/kms',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:4566',
    AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:4567',
    AWS_ENDPOINT_URL_EVENTBRIDGE: 'http://127.0.0.1:4568',
    ALLOWED_RETURN_ORIGINS: 'https://app.example.com com.example.app:',
    SIGN_UP: 'domains',
    SIGN_UP_DOMAINS: 'example.com example.org',
    ACCESS_TOKENS: 'on',
    DPOP: 'on',
    SYNC_INTERVAL_SECONDS: '1',
    COPY: 'off',
    QUOTA_PROFILE: 'legacy',
    DAILY_UNITS: '1000000',
    POLL_SECONDS: '2',
    QUIET_POLL_SECONDS: '10',
  });
  expect(settings).toEqual({
    port: 4000,
    googlePort: 0,
    dataFolder: '/data',
    clientSecretFile: '/secret.json',
    googleIssuer: 'http://127.0.0.1:5000',
    gmailRootUrl: 'http://localhost:5001/',
    applicationName: 'Mail of Example Ltd',
    demoMessages: 0,
    scopes: 'openid https://www.googleapis.com/auth/gmail.readonly',
    awsEndpoints: {
      dynamodb: 'http://emulator:4566',
      kms: 'https://emulator/kms',
      secretsManager: 'http://127.0.0.1:4566',
      sqs: 'http://127.0.0.1:4567',
      eventBridge: 'http://127.0.0.1:4568',
    },
    allowedReturnOrigins: 'https://app.example.com com.example.app:',
    signUp: 'domains',
    signUpDomains: 'example.com example.org',
    accessTokens: 'on',
    dpop: 'on',
    syncIntervalSeconds: 1,
    copy: 'off',
    quotaProfile: 'legacy',
    dailyUnits: 1_000_000,
    pollSeconds: 2,
    quietPollSeconds: 10,
  });
});

test('the waits of the functions follow the length of a tick unless they are set', () => {
  expect(settingsOfFunctions({}, 2)).toMatchObject({
    minuteSeconds: '2',
    pollSeconds: '2',
    quietPollSeconds: '10',
  });
  const set = { copy: 'off', dailyUnits: 9, pollSeconds: 3, quietPollSeconds: 4 } as const;
  expect(settingsOfFunctions(set, 1)).toMatchObject({
    ...{ minuteSeconds: '1', pollSeconds: '3', quietPollSeconds: '4' },
    ...{ signUp: 'open', copy: 'off', dailyUnits: '9' },
  });
});

test('an empty variable counts as unset', () => {
  expect(readSettings({ PORT: '', GOOGLE_ISSUER: '', AWS_ENDPOINT_URL_KMS: '' }, temporaryFolder())).toEqual(
    readSettings({}, temporaryFolder()),
  );
});

test('a client_secret.json in the project’s root is taken unless another file is named', () => {
  const root = temporaryFolder();
  writeFileSync(join(root, 'client_secret.json'), '{}');
  expect(readSettings({}, root).clientSecretFile).toBe(join(root, 'client_secret.json'));
  expect(readSettings({ CLIENT_SECRET_FILE: '/other.json' }, root).clientSecretFile).toBe('/other.json');
});

test('everything that is wrong is named at once, each with its remedy', () => {
  const faulty = {
    PORT: 'http',
    GOOGLE_PORT: '65536',
    DEMO_MESSAGES: '-1',
    SCOPES: 'openid',
    GOOGLE_ISSUER: 'https://accounts.example.com',
    GMAIL_ROOT_URL: 'http://10.0.0.1/',
    AWS_ENDPOINT_URL_DYNAMODB: 'emulator:4566',
    AWS_ENDPOINT_URL_KMS: 'ftp://emulator',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: 'x',
    AWS_ENDPOINT_URL_SQS: 'queue',
    AWS_ENDPOINT_URL_EVENTBRIDGE: 'bus',
    ALLOWED_RETURN_ORIGINS: 'http://app.example.com',
    SIGN_UP: 'everybody',
    SIGN_UP_DOMAINS: '@example.com',
    ACCESS_TOKENS: 'yes',
    SYNC_INTERVAL_SECONDS: '0',
    COPY: 'full',
    QUOTA_PROFILE: '2025',
    DAILY_UNITS: '0',
    POLL_SECONDS: '1.5',
    QUIET_POLL_SECONDS: 'never',
  };
  const read = () => readSettings(faulty);
  expect(read).toThrow(SettingsError);
  for (const name of Object.keys(faulty)) {
    expect(read).toThrow(new RegExp(`^${name} must (be|list) .{8,}$`, 'm'));
  }
});

test('the site and the local Google cannot share a port', () => {
  expect(() => readSettings({ PORT: '3001' })).toThrow(/PORT and GOOGLE_PORT are the same/);
  expect(readSettings({ PORT: '0', GOOGLE_PORT: '0' })).toMatchObject({ port: 0, googlePort: 0 });
});

test('a tick has one to sixty whole seconds', () => {
  for (const value of ['0', '61', '0.5', '-1', 'x']) {
    expect(() => readSettings({ SYNC_INTERVAL_SECONDS: value })).toThrow(/^SYNC_INTERVAL_SECONDS must be/);
  }
  for (const value of [1, 60]) {
    expect(readSettings({ SYNC_INTERVAL_SECONDS: `${value}` })).toMatchObject({ syncIntervalSeconds: value });
  }
});

test('the minute of the real Google cannot be shortened', () => {
  const real = { CLIENT_SECRET_FILE: '/secret.json', SYNC_INTERVAL_SECONDS: '1' };
  expect(() => readSettings(real)).toThrow(/^SYNC_INTERVAL_SECONDS must be unset/);
  expect(readSettings({ ...real, SYNC_INTERVAL_SECONDS: '60' })).toMatchObject({ syncIntervalSeconds: 60 });
  const standIn = { GOOGLE_ISSUER: 'http://127.0.0.1:5000' };
  expect(readSettings({ ...real, ...standIn })).toMatchObject({ syncIntervalSeconds: 1 });
});

test('signing up by domains needs domains, and domains mean nothing without it', () => {
  expect(() => readSettings({ SIGN_UP: 'domains' })).toThrow(
    /^SIGN_UP_DOMAINS is missing: SIGN_UP=domains needs them$/m,
  );
  for (const set of [{ SIGN_UP: 'open' }, {}]) {
    expect(() => readSettings({ ...set, SIGN_UP_DOMAINS: 'example.com' })).toThrow(
      /^SIGN_UP_DOMAINS must be unset unless SIGN_UP=domains$/m,
    );
  }
  // Whatever else is wrong.
  expect(() => readSettings({ SIGN_UP: 'domains', COPY: 'full' })).toThrow(
    /^COPY must be .+\nSIGN_UP_DOMAINS is missing: SIGN_UP=domains needs them$/,
  );
});

test.each([
  ['SIGNUP', 'SIGN_UP'],
  ['sign_up', 'SIGN_UP'],
  ['SIGN-UP', 'SIGN_UP'],
  ['SIGN_UPP', 'SIGN_UP'],
  ['SCOPE', 'SCOPES'],
  ['SCPOES', 'SCOPES'],
  ['DEMO_MESSAGS', 'DEMO_MESSAGES'],
  ['QUOTA_PROFILR', 'QUOTA_PROFILE'],
  ['AWS_ENDPOINT_URL_DYNAMO_DB', 'AWS_ENDPOINT_URL_DYNAMODB'],
  ['port', 'PORT'],
])('%s is named as a near miss of %s', (given, meant) => {
  expect(describeNearMisses({ [given]: 'x' })).toEqual([`Unknown variable ${given}: did you mean ${meant}?`]);
});

test('settings, empty variables and variables of other programs are no near misses', () => {
  const others =
    'HOME PATH LANG TERM SHELL USER HOST PORTS SPORT COPY_FILE GOOGLE_HOST GOOGLE_APPLICATION_CREDENTIALS';
  const more =
    'AWS_PROFILE AWS_ENDPOINT_URL_SNS AWS_ENDPOINT_URL_S3 XDG_DATA_DIRS CLIENT_SECRET npm_config_cache _';
  const names = `${others} ${more}`.split(' ');
  expect(describeNearMisses(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
  expect(describeNearMisses({ SIGNUP: '', SIGN_UP: 'open', ACCESS_TOKENS: 'on', ACCESS_TOKEN: 'x' })).toEqual(
    [],
  );
});
