import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../lambdas/config.ts';

const good = {
  ORIGIN: 'https://mail.example.com',
  LOGINS_TABLE: 'logins',
  GRANTS_TABLE: 'grants',
  TOKEN_KEY: 'alias/tokens',
  CLIENT_SECRET_ID: 'client-secret',
};

/** What readConfig says of a faulty environment. */
function faultsOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('The configuration was accepted.');
}

test('a function gets just the settings that it asked for', () => {
  expect(readConfig(good, 'origin', 'loginsTable')).toEqual({
    origin: 'https://mail.example.com',
    loginsTable: 'logins',
  });
});

test('a setting that a function does not ask for is not missed', () => {
  expect(readConfig({ ORIGIN: good.ORIGIN }, 'origin')).toEqual({ origin: good.ORIGIN });
});

test('the login key is a name, and a version after a space', () => {
  const read = (LOGIN_KEY: string) => readConfig({ LOGIN_KEY }, 'loginKey').loginKey;
  expect(read('stage/login-key')).toEqual({ secretId: 'stage/login-key', version: '1' });
  expect(read('stage/login-key 12')).toEqual({ secretId: 'stage/login-key', version: '12' });
  for (const wrong of [
    '',
    ' ',
    'stage/login-key ',
    'stage/login-key 0',
    'stage/login-key x',
    'stage/login-key 1 2',
  ]) {
    expect(faultsOf(() => read(wrong))).toMatch(/^LOGIN_KEY (is missing: it )?must be /m);
  }
});

test('everything that is wrong is named at once, each with its remedy', () => {
  const message = faultsOf(() =>
    readConfig(
      { ORIGIN: 'nonsense', SCOPES: 'openid', GRANTS_TABLE: '' },
      'origin',
      'scopes',
      'loginsTable',
      'grantsTable',
      'tokenKey',
      'clientSecretId',
      'clientId',
    ),
  );
  expect(message.split('\n')).toEqual([
    expect.any(String),
    expect.stringMatching(/^ORIGIN must be /),
    expect.stringMatching(/^SCOPES must list /),
    expect.stringMatching(/^LOGINS_TABLE is missing: it must be /),
    expect.stringMatching(/^GRANTS_TABLE is missing: it must be /),
    expect.stringMatching(/^TOKEN_KEY is missing: it must be /),
    expect.stringMatching(/^CLIENT_SECRET_ID is missing: it must be /),
    expect.stringMatching(/^CLIENT_ID is missing: it must be the `client_id` in client_secret\.json/),
  ]);
});

test.each([
  ['true', 'ACCESS_TOKENS must be `off` or `on` (got `true`)'],
  ['ya29.a0AfH6SMBxyz', 'ACCESS_TOKENS must be `off` or `on`'],
  ['GOCSPX-canary-canary-canary', 'ACCESS_TOKENS must be `off` or `on`'],
])('a choice of words is named, with the wrong word unless it may be a secret: %s', (value, fault) => {
  const message = faultsOf(() => readConfig({ ACCESS_TOKENS: value }, 'accessTokens'));
  expect(message.split('\n').slice(1)).toEqual([fault]);
});

test('values of other settings are never repeated', () => {
  const message = faultsOf(() =>
    readConfig(
      { ORIGIN: 'canary-1', SCOPES: 'canary-2', GOOGLE_TOKEN_ENDPOINT: 'https://canary-3.example' },
      'origin',
      'scopes',
      'tokenEndpoint',
    ),
  );
  expect(message).not.toContain('canary');
});

describe('the origin', () => {
  test.each([
    'https://mail.example.com',
    'https://mail.example.com:8443',
    'http://localhost:3000',
    'http://[::1]:3000',
  ])('may be %s', (ORIGIN) => {
    expect(readConfig({ ORIGIN }, 'origin').origin).toBe(ORIGIN);
  });

  test.each([
    'http://mail.example.com',
    'https://mail.example.com/',
    'https://mail.example.com/path',
    'https://user@mail.example.com',
    'mail.example.com',
    'ftp://localhost',
    'null',
    'javascript:alert(1)',
    'http://localhost.example.com',
  ])('may not be %s', (ORIGIN) => {
    expect(() => readConfig({ ORIGIN }, 'origin')).toThrow(ConfigError);
  });
});

describe('the scopes', () => {
  test('are those of the guide by default', () => {
    expect(readConfig({}, 'scopes').scopes).toEqual([
      'openid',
      'email',
      'profile',
      'https://www.googleapis.com/auth/gmail.readonly',
    ]);
  });

  test('are separated by any number of spaces', () => {
    expect(readConfig({ SCOPES: ' openid  https://mail.google.com/ ' }, 'scopes').scopes).toEqual([
      'openid',
      'https://mail.google.com/',
    ]);
  });

  test.each([
    ['no openid', 'email https://www.googleapis.com/auth/gmail.readonly'],
    ['no Gmail scope', 'openid email https://www.googleapis.com/auth/drive'],
    ['only spaces', '  '],
  ])('are refused with %s', (_, SCOPES) => {
    expect(() => readConfig({ SCOPES }, 'scopes')).toThrow(ConfigError);
  });
});

describe('the allowed return origins', () => {
  const read = (ALLOWED_RETURN_ORIGINS?: string) =>
    readConfig({ ALLOWED_RETURN_ORIGINS }, 'allowedReturnOrigins').allowedReturnOrigins;

  test('are none by default', () => {
    expect([read(), read(''), read('  ')]).toEqual([[], [], []]);
  });

  test('are web origins, apps’ schemes, and addresses under them', () => {
    const words = [
      ...['https://app.example.com', 'http://localhost:5173', 'com.example.app:', 'app.example-2:'],
      ...['https://app.example.com/signed-in?a=b', 'http://localhost:5173/', 'com.example.app:/done'],
    ];
    expect(read(` ${words.join('  ')} `)).toEqual(words);
  });

  test.each([
    'https://app.example.com/*',
    'https://app.example.com/a b',
    'https://app.example.com/#a',
    'https://app.example.com/a/../b',
    'https://user@app.example.com/path',
    'http://app.example.com/path',
    'javascript:/alert(1)',
    'com.example.app:done',
    'https://*.example.com',
    'https://*',
    'https://app.example.com:443',
    'https://user@app.example.com',
    'https://APP.example.com',
    'http://app.example.com',
    'app.example.com',
    '*',
    'null',
    'https:',
    'javascript:',
    'data:',
    'myapp:',
    'com.example.app',
    'com.example.app://',
    'COM.EXAMPLE.APP:',
    'com..app:',
    'https://app.example.com,https://b.example.com',
  ])('may not be %s', (word) => {
    expect(() => read(word)).toThrow(ConfigError);
    expect(() => read(`https://app.example.com ${word}`)).toThrow(ConfigError);
  });
});

const googles = [
  ['googleIssuer', 'GOOGLE_ISSUER', 'https://accounts.google.com'],
  ['authorizationEndpoint', 'GOOGLE_AUTHORIZATION_ENDPOINT', 'https://accounts.google.com/o/oauth2/v2/auth'],
  ['tokenEndpoint', 'GOOGLE_TOKEN_ENDPOINT', 'https://oauth2.googleapis.com/token'],
  ['revocationEndpoint', 'GOOGLE_REVOCATION_ENDPOINT', 'https://oauth2.googleapis.com/revoke'],
  ['gmailRootUrl', 'GMAIL_ROOT_URL', 'https://gmail.googleapis.com/'],
] as const;

describe.each(googles)('%s', (name, variable, address) => {
  test('is Google’s where nothing is said, and where Google’s is said', () => {
    expect(readConfig({}, name)[name]).toBe(address);
    expect(readConfig({ [variable]: '' }, name)[name]).toBe(address);
    expect(readConfig({ [variable]: address }, name)[name]).toBe(address);
  });

  test.each(['http://127.0.0.1:4000/token', 'http://localhost:4000', 'http://[::1]:4000/'])(
    'may stand in on loopback: %s',
    (value) => {
      expect(readConfig({ [variable]: value }, name)[name]).toBe(value);
    },
  );

  test.each([
    'https://evil.example/token',
    'http://evil.example/token',
    'http://127.0.0.1.evil.example/',
    'http://localhost@evil.example/',
    'http://evil.example/?localhost',
    'https://oauth2.googleapis.com.evil.example/token',
    'http://10.0.0.1/',
    '//localhost/',
    'file:///etc/passwd',
  ])('may not be elsewhere: %s', (value) => {
    expect(() => readConfig({ [variable]: value }, name)).toThrow(ConfigError);
  });
});
