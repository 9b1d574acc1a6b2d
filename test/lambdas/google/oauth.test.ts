import { describe, expect, test } from 'vitest';
import type { ProblemCode } from '../../../lambdas/errors.ts';
import { createClientCredentials } from '../../../lambdas/google/client-credentials.ts';
import { createGoogleOAuth, createTokenRevoker } from '../../../lambdas/google/oauth.ts';
import { describeError } from '../../../lambdas/log.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { grantedScopes, readonlyScope } from '../../support/doubles/grants.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { impatientTransport, type Reply, scriptedServer } from '../../support/scripted-server.ts';

const issuer = 'https://accounts.google.com';
const redirectUri = 'https://mail.example.com/auth/callback';
const html = '<!doctype html><title>Error</title>canary';
const request = { code: '4/canary-code', codeVerifier: 'canary-verifier', nonce: 'nonce-1' };

/** An unsigned ID token: one that comes straight from the token endpoint is not checked by signature. */
function idToken(claims: Record<string, unknown> = {}): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const whole = {
    iss: issuer,
    aud: 'client-1',
    exp: testStart / 1000 + 3_600,
    nonce: 'nonce-1',
    sub: '1234567890',
    email: 'ann@example.com',
    ...claims,
  };
  return `${part({ alg: 'RS256' })}.${part(whole)}.signature`;
}

const tokens = (changes: Record<string, unknown> = {}) => ({
  access_token: 'ya29.canary',
  expires_in: 3599,
  refresh_token: '1//canary',
  scope: `${readonlyScope} openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile`,
  token_type: 'Bearer',
  id_token: idToken(),
  ...changes,
});

async function build(...replies: readonly Reply[]) {
  const server = await scriptedServer();
  server.script(...replies);
  const log = recordingLog();
  const secret = { clientId: 'client-1', clientSecret: 'canary-secret' };
  const forgotten: string[] = [];
  const options = {
    client: { get: async () => secret, forget: () => void forgotten.push('forgotten') },
    issuer,
    tokenEndpoint: `${server.origin}/token`,
    redirectUri,
    log,
    transport: impatientTransport(400),
    clock: testClock(),
  };
  return { server, log, forgotten, options, oauth: createGoogleOAuth(options) };
}

/** Google’s answers that say nothing about what was sent, and the problem each makes. */
const passing: [string, Reply, ProblemCode][] = [
  ['500 with an error', { status: 500, body: { error: 'internal_failure' } }, 'google_unavailable'],
  ['500 with invalid_grant', { status: 500, body: { error: 'invalid_grant' } }, 'google_unavailable'],
  [
    '502 with a page',
    { status: 502, headers: { 'content-type': 'text/html' }, body: html },
    'google_unavailable',
  ],
  ['503 without a body', { status: 503 }, 'google_unavailable'],
  ['429', { status: 429, body: { error: 'rate_limit_exceeded' } }, 'google_unavailable'],
  ['a dropped connection', 'reset', 'google_unavailable'],
  ['an answer that breaks off', { body: '{"access_token":"ya29.ca', broken: true }, 'google_unavailable'],
  ['a redirect', { status: 302, headers: { location: '/elsewhere' } }, 'google_unavailable'],
  ['no answer', 'hang', 'google_timeout'],
];

/** Answers that make no sense. */
const senseless: [string, Reply][] = [
  ['200 with a page', { headers: { 'content-type': 'text/html' }, body: html }],
  [
    '200 with half of a JSON',
    { headers: { 'content-type': 'application/json' }, body: '{"access_token":"ya29' },
  ],
  ['200 without a body', {}],
  ['200 without an access token', { body: tokens({ access_token: undefined }) }],
  ['200 with an empty access token', { body: tokens({ access_token: '' }) }],
  ['200 with an end in words', { body: tokens({ expires_in: 'soon' }) }],
  ['200 with a list', { body: [] }],
  ['400 with a page', { status: 400, headers: { 'content-type': 'text/html' }, body: html }],
  ['404 with a page', { status: 404, headers: { 'content-type': 'text/html' }, body: html }],
  ['400 with another form of error', { status: 400, body: { error: { code: 400, message: 'canary' } } }],
];

const operatorsFaults = [
  'invalid_client',
  'deleted_client',
  'disabled_client',
  'unauthorized_client',
  'redirect_uri_mismatch',
];

describe.each(['admin_policy_enforced', 'policy_enforced', 'org_internal', 'access_denied'])(
  '%s',
  (error) => {
    test.each([400, 403])('with status %i says that an administrator forbids it', async (status) => {
      const refused = { status, body: { error } };
      const { oauth, server } = await build(refused, refused);
      await expect(oauth.exchangeCode(request)).rejects.toMatchObject({ code: 'domain_policy' });
      await expect(oauth.refresh('1//canary')).rejects.toMatchObject({ code: 'domain_policy' });
      expect(server.requests).toHaveLength(2);
    });
  },
);

test.each([
  ['absent: an hour', undefined, 3_600],
  ['null: an hour', null, 3_600],
  ['a text of digits', '3599', 3_599],
  ['over a day: a day', 31_536_000, 86_400],
])('expires_in may be %s', async (_, expires_in, seconds) => {
  const { oauth } = await build({ body: tokens({ expires_in }) }, { body: tokens({ expires_in }) });
  const accessToken = { token: 'ya29.canary', expiresAt: testStart + seconds * 1_000 };
  expect(await oauth.exchangeCode(request)).toMatchObject({ accessToken });
  expect(await oauth.refresh('1//canary')).toMatchObject(accessToken);
});

test.each([
  ['a number', 604_800, 604_800],
  ['a text of digits', '604800', 604_800],
  ['absent: no limit', undefined, undefined],
  ['no number: no limit', 'soon', undefined],
  ['zero: no limit', 0, undefined],
  ['beyond all dates: no limit', 1e300, undefined],
])('refresh_token_expires_in may be %s', async (_, refresh_token_expires_in, seconds) => {
  const body = tokens({ refresh_token_expires_in });
  const { oauth } = await build({ body }, { body });
  const grantExpiresAt = seconds === undefined ? undefined : testStart + seconds * 1_000;
  expect((await oauth.exchangeCode(request)).grantExpiresAt).toBe(grantExpiresAt);
  expect(await oauth.refresh('1//canary')).toEqual({
    token: 'ya29.canary',
    expiresAt: testStart + 3_599_000,
    grantExpiresAt,
  });
});

describe('the exchange of a code', () => {
  test('sends code, verifier, redirect URI and client in the body, and reads all that comes', async () => {
    const { oauth, server } = await build({ body: tokens() });
    expect(await oauth.exchangeCode(request)).toEqual({
      accountId: '1234567890',
      email: 'ann@example.com',
      emailVerified: false,
      hostedDomain: undefined,
      scopes: grantedScopes,
      refreshToken: '1//canary',
      accessToken: { token: 'ya29.canary', expiresAt: testStart + 3_599_000 },
    });
    const [seen] = server.requests;
    expect(seen).toMatchObject({ method: 'POST' });
    expect(seen?.url.href.endsWith('/token')).toBe(true);
    expect(seen?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    expect(Object.fromEntries(new URLSearchParams(seen?.body))).toEqual({
      grant_type: 'authorization_code',
      code: '4/canary-code',
      code_verifier: 'canary-verifier',
      redirect_uri: redirectUri,
      client_id: 'client-1',
      client_secret: 'canary-secret',
    });
  });

  test('goes over a new connection: one that was kept may be closed just as the code is sent', async () => {
    const { oauth, server } = await build({ body: tokens() }, { body: tokens() });
    await oauth.refresh('1//canary', undefined);
    await oauth.exchangeCode(request);
    expect(server.requests.map(({ headers }) => headers.connection)).toEqual(['keep-alive', 'close']);
  });

  test('of a phone sends an empty redirect URI, and no verifier', async () => {
    const { oauth, server } = await build({ body: tokens({ id_token: idToken({ nonce: undefined }) }) });
    const brought = { code: request.code, redirectUri: '' };
    expect(await oauth.exchangeCode(brought)).toMatchObject({ accountId: '1234567890' });
    expect(Object.fromEntries(new URLSearchParams(server.requests[0]?.body))).toEqual({
      grant_type: 'authorization_code',
      code: '4/canary-code',
      redirect_uri: '',
      client_id: 'client-1',
      client_secret: 'canary-secret',
    });
  });

  test('of a program that came by another way is refused, and no fault of the operator’s', async () => {
    const { oauth, log, forgotten } = await build({ status: 400, body: { error: 'redirect_uri_mismatch' } });
    const brought = { code: request.code, redirectUri: '' };
    await expect(oauth.exchangeCode(brought)).rejects.toMatchObject({ code: 'code_exchange_failed' });
    expect(log.lines).toEqual([
      { level: 'warn', event: 'code exchange failed', googleError: 'redirect_uri_mismatch' },
    ]);
    expect(forgotten).toEqual([]);
  });

  test('tells what the ID token says of the address and the domain', async () => {
    const { oauth } = await build({
      body: tokens({ id_token: idToken({ email_verified: true, hd: 'example.com' }) }),
    });
    expect(await oauth.exchangeCode(request)).toMatchObject({
      emailVerified: true,
      hostedDomain: 'example.com',
    });
  });

  test('needs no refresh token and no word on the scopes', async () => {
    const { oauth } = await build({ body: tokens({ refresh_token: undefined, scope: undefined }) });
    expect(await oauth.exchangeCode(request)).toMatchObject({ refreshToken: undefined, scopes: undefined });
  });

  test('reads JSON under a wrong content type too', async () => {
    const { oauth } = await build({
      body: JSON.stringify(tokens()),
      headers: { 'content-type': 'text/html' },
    });
    expect(await oauth.exchangeCode(request)).toMatchObject({ accountId: '1234567890' });
  });

  const refusals = ['invalid_grant', 'invalid_request', 'something_new'];

  test.each(refusals)('%s: the code was refused', async (error) => {
    const { oauth, log, server } = await build({
      status: 400,
      body: { error, error_description: 'canary description' },
    });
    await expect(oauth.exchangeCode(request)).rejects.toMatchObject({ code: 'code_exchange_failed' });
    expect(server.requests).toHaveLength(1);
    expect(log.lines).toEqual([{ level: 'warn', event: 'code exchange failed', googleError: error }]);
  });

  test('an error that is no word is not repeated in the log', async () => {
    const { oauth, log } = await build({ status: 400, body: { error: 'about 4/canary-code' } });
    await expect(oauth.exchangeCode(request)).rejects.toMatchObject({ code: 'code_exchange_failed' });
    expect(log.lines).toMatchObject([{ googleError: 'unknown' }]);
  });

  test.each(operatorsFaults)('%s is the operator’s fault: one error line with the remedy', async (error) => {
    const { oauth, log, forgotten, server } = await build({ status: 401, body: { error } });
    await expect(oauth.exchangeCode(request)).rejects.toMatchObject({ code: 'misconfigured' });
    expect(server.requests).toHaveLength(1);
    expect(log.lines).toEqual([
      {
        level: 'error',
        event: 'google refused this site',
        googleError: error,
        googleStatus: 401,
        remedy: expect.stringMatching(/client_secret\.json/),
      },
    ]);
    expect(forgotten).toEqual(['forgotten']);
  });

  const outcomes: [string, Reply, ProblemCode][] = [
    ...passing,
    ...senseless.map(([name, reply]): [string, Reply, ProblemCode] => [name, reply, 'google_error']),
    ['an ID token of another client', { body: tokens({ id_token: idToken({ aud: 'x' }) }) }, 'no_user_id'],
    ['no ID token', { body: tokens({ id_token: undefined }) }, 'no_user_id'],
    ['an ID token in pieces', { body: tokens({ id_token: 'a.b' }) }, 'no_user_id'],
  ];

  test.each(outcomes)('%s: tried exactly once', async (_, reply, code) => {
    const { oauth, server } = await build(reply, { body: tokens() });
    const failure = await oauth.exchangeCode(request).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'Problem', code });
    expect(server.requests).toHaveLength(1);
  });

  test('a redirect is not followed: no other host gets the code', async () => {
    const elsewhere = await scriptedServer();
    const { oauth } = await build({ status: 307, headers: { location: `${elsewhere.origin}/steal` } });
    await expect(oauth.exchangeCode(request)).rejects.toMatchObject({ name: 'Problem' });
    expect(elsewhere.requests).toEqual([]);
  });
});

describe('a refresh', () => {
  test('sends the refresh token and the client in the body', async () => {
    const { oauth, server } = await build({ body: { access_token: 'ya29.new', expires_in: 3599 } });
    expect(await oauth.refresh('1//canary')).toEqual({ token: 'ya29.new', expiresAt: testStart + 3_599_000 });
    const [seen] = server.requests;
    expect(seen?.url.search).toBe('');
    expect(Object.fromEntries(new URLSearchParams(seen?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: '1//canary',
      client_id: 'client-1',
      client_secret: 'canary-secret',
    });
  });

  test('invalid_grant says that the grant is revoked', async () => {
    const { oauth, server, log } = await build({ status: 400, body: { error: 'invalid_grant' } });
    expect(await oauth.refresh('1//canary')).toBe('revoked');
    expect(server.requests).toHaveLength(1);
    expect(log.lines).toEqual([{ level: 'warn', event: 'refresh failed', googleError: 'invalid_grant' }]);
  });

  test.each([...operatorsFaults])('%s is the operator’s fault, never the user’s', async (error) => {
    const { oauth, log, server } = await build({ status: 401, body: { error } });
    await expect(oauth.refresh('1//canary')).rejects.toMatchObject({ code: 'misconfigured' });
    expect(log.lines).toMatchObject([{ level: 'error', googleError: error }]);
    expect(server.requests).toHaveLength(1);
  });

  test('another error says nothing of the grant', async () => {
    const { oauth } = await build({ status: 400, body: { error: 'invalid_scope' } });
    await expect(oauth.refresh('1//canary')).rejects.toMatchObject({ code: 'google_error' });
  });

  const mended: [string, Reply][] = [
    ['a 5xx', { status: 503 }],
    ['a dropped connection', 'reset'],
    ['an answer that breaks off', { body: '{"acc', broken: true }],
  ];

  test.each(mended)('is tried once more after %s', async (_, reply) => {
    const { oauth, server } = await build(reply, { body: tokens() });
    expect(await oauth.refresh('1//canary')).toMatchObject({ token: 'ya29.canary' });
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]?.body).toBe(server.requests[0]?.body);
  });

  test.each(mended)('is tried no third time after %s', async (_, reply) => {
    const { oauth, server } = await build(reply, reply, { body: tokens() });
    await expect(oauth.refresh('1//canary')).rejects.toMatchObject({ code: 'google_unavailable' });
    expect(server.requests).toHaveLength(2);
  });

  test('that is tried once more may learn that the grant is revoked', async () => {
    const { oauth } = await build({ status: 500 }, { status: 400, body: { error: 'invalid_grant' } });
    expect(await oauth.refresh('1//canary')).toBe('revoked');
  });

  test.each([
    ['429', { status: 429 }, 'google_unavailable'],
    ['no answer', 'hang', 'google_timeout'],
  ] as [string, Reply, ProblemCode][])('is not tried again after %s', async (_, reply, code) => {
    const { oauth, server } = await build(reply, { body: tokens() });
    await expect(oauth.refresh('1//canary')).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
  });

  test.each(senseless)('%s makes no sense', async (_, reply) => {
    const { oauth, server } = await build(reply);
    await expect(oauth.refresh('1//canary')).rejects.toMatchObject({ code: 'google_error' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a revocation', () => {
  async function revoker(...replies: readonly Reply[]) {
    const server = await scriptedServer();
    server.script(...replies);
    const transport = impatientTransport(400);
    const { revoke } = createTokenRevoker({ revocationEndpoint: `${server.origin}/revoke`, transport });
    return { server, revoke };
  }

  test('sends the token as a form, never in the URL', async () => {
    const { server, revoke } = await revoker({ body: {} });
    await revoke('1//canary');
    const [seen] = server.requests;
    expect(seen).toMatchObject({ method: 'POST', body: 'token=1%2F%2Fcanary' });
    expect(seen?.url).toMatchObject({ pathname: '/revoke', search: '' });
    expect(seen?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    expect(JSON.stringify(seen?.headers)).not.toContain('canary');
  });

  test('of a token that is dead already is done', async () => {
    const { revoke } = await revoker({ status: 400, body: { error: 'invalid_token' } });
    await expect(revoke('1//canary')).resolves.toBeUndefined();
  });

  test.each([
    ['400 invalid_request', { status: 400, body: { error: 'invalid_request' } }, 'google_error', 1],
    ['400 with a page', { status: 400, body: html }, 'google_error', 1],
    ['403', { status: 403, body: {} }, 'google_error', 1],
    ['429', { status: 429 }, 'google_unavailable', 1],
    ['503', { status: 503 }, 'google_unavailable', 2],
    ['a dropped connection', 'reset', 'google_unavailable', 2],
    ['no answer', 'hang', 'google_timeout', 1],
  ] as [string, Reply, ProblemCode, number][])('is not done after %s', async (_, reply, code, tries) => {
    const { server, revoke } = await revoker(reply, reply, reply);
    await expect(revoke('1//canary')).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(tries);
  });

  test('is tried once more after a 5xx', async () => {
    const { revoke } = await revoker({ status: 500 }, { body: {} });
    await expect(revoke('1//canary')).resolves.toBeUndefined();
  });

  test('is not sent on to where a redirect points: no other host gets the token', async () => {
    const elsewhere = await scriptedServer();
    const to: Reply = { status: 307, headers: { location: `${elsewhere.origin}/steal` } };
    const { revoke } = await revoker(to, to);
    await expect(revoke('1//canary')).rejects.toMatchObject({ name: 'Problem' });
    expect(elsewhere.requests).toEqual([]);
  });
});

test('no failure tells what was sent: neither the problem nor what is logged of it', async () => {
  for (const [, reply] of [...passing, ...senseless]) {
    const { oauth, log } = await build(reply, reply);
    const failure = await oauth.refresh('1//canary').catch((error: unknown) => error);
    const cause = failure instanceof Error ? failure.cause : undefined;
    const said = [failure instanceof Error ? failure.message : '', describeError(cause), log.lines];
    expect(JSON.stringify(said)).not.toContain('canary');
  }
});

describe('the client ID', () => {
  test('is read anew where another one is remembered than expected, and once', async () => {
    const { options } = await build();
    const files = ['client-1', 'client-2', 'client-3'];
    let reads = 0;
    const client = createClientCredentials(async () => {
      const web = { client_id: files[reads++], client_secret: 'canary-secret' };
      return JSON.stringify({ web });
    });
    const { clientId } = createGoogleOAuth({ ...options, client });
    expect([await clientId(), await clientId('client-1')]).toEqual(['client-1', 'client-1']);
    expect(reads).toBe(1);
    expect([await clientId('client-2'), await clientId('client-2')]).toEqual(['client-2', 'client-2']);
    expect(reads).toBe(2);
    expect(await clientId('another')).toBe('client-3');
    expect(reads).toBe(3);
  });
});
