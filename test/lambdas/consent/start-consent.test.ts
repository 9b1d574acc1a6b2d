import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decryptSecrets } from '../../../lambdas/consent/pending-consent.ts';
import { startConsentRoute } from '../../../lambdas/consent/start-consent-route.ts';
import { buildAuthorizationUrl } from '../../../lambdas/google/authorization-url.ts';
import type { GrantStatus } from '../../../lambdas/grants/grant.ts';
import { createCookieJar } from '../../../lambdas/http/cookies.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import { hashOf } from '../../../lambdas/secrets.ts';
import { ask, browserHeaders, jsonOf, locationOf, type TestRequest } from '../../support/api-event.ts';
import { bindingCipher } from '../../support/doubles/binding-cipher.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { askedScopes } from '../../support/doubles/grants.ts';
import { memoryPendingConsents } from '../../support/doubles/memory-pending-consents.ts';
import { memorySessions, sessionOf } from '../../support/doubles/memory-sessions.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { numberedTokens, tokenNamed } from '../../support/doubles/tokens.ts';

const origin = 'https://mail.example.com';
const day = 86_400_000;
const session = tokenNamed('session');
const signedIn: TestRequest = { cookies: { '__Host-session': session } };

function build(grantStatus: GrantStatus | undefined = undefined) {
  const clock = testClock();
  const cipher = bindingCipher();
  const pendingConsents = memoryPendingConsents();
  const sessions = memorySessions();
  const handler = createHandler(
    startConsentRoute({
      origin,
      allowedReturnOrigins: ['https://app.example.com', 'com.example.app:'],
      pendingConsents,
      sessions,
      grantStatus: async (accountId) => (accountId === 'account-1' ? grantStatus : undefined),
      cipher,
      clientId: 'client-1',
      buildAuthorizationUrl: (request) =>
        buildAuthorizationUrl(request, {
          authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
          redirectUri: `${origin}/auth/callback`,
        }),
      scopes: askedScopes,
      cookies: createCookieJar(origin),
      authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
      clock,
      newToken: numberedTokens('token'),
    }),
    { origin, log: recordingLog() },
  );
  const login = (request: TestRequest = {}) => ask(handler, 'GET /auth/login', request);
  const url = (request: TestRequest = {}) => ask(handler, 'GET /auth/url', request);
  const onlyPending = () => {
    const [pending, ...others] = pendingConsents.rows.values();
    if (pending === undefined || others.length > 0) throw new Error('Not exactly one consent is pending.');
    return pending;
  };
  return { clock, cipher, pendingConsents, sessions, login, url, onlyPending };
}

describe('the authorization URL', () => {
  test('says all that offline access needs, and nothing more', async () => {
    const { login } = build();
    const answer = await login();
    expect(answer.status).toBe(303);
    const url = locationOf(answer);
    expect(url.origin + url.pathname).toBe('https://accounts.google.com/o/oauth2/v2/auth');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'client-1',
      redirect_uri: `${origin}/auth/callback`,
      response_type: 'code',
      scope: askedScopes.join(' '),
      access_type: 'offline',
      prompt: 'consent',
      state: tokenNamed('token2'),
      nonce: tokenNamed('token3'),
      code_challenge: createHash('sha256').update(tokenNamed('token4')).digest('base64url'),
      code_challenge_method: 'S256',
    });
    expect(url.searchParams.size).toBe([...new Set(url.searchParams.keys())].length);
  });

  test('carries the login hint that was given', async () => {
    const { login } = build();
    const url = locationOf(await login({ query: 'login_hint=ann%2Bx%40example.com' }));
    expect(url.searchParams.get('login_hint')).toBe('ann+x@example.com');
  });

  test.each([
    ['', 'consent'],
    ['prompt=consent', 'consent'],
    ['prompt=select_account', 'select_account consent'],
  ])('asks Google as %j says', async (query, prompt) => {
    const { login } = build();
    expect(locationOf(await login({ query })).searchParams.get('prompt')).toBe(prompt);
  });

  test('challenges with the verifier that was sealed, and asks for the nonce that was sealed', async () => {
    const { login, onlyPending, cipher } = build();
    const { searchParams } = locationOf(await login());
    const secrets = await decryptSecrets(onlyPending(), cipher);
    const { codeVerifier = '', nonce } = secrets ?? {};
    expect(searchParams.get('code_challenge')).toBe(
      createHash('sha256').update(codeVerifier).digest('base64url'),
    );
    expect(searchParams.get('nonce')).toBe(nonce);
    expect(codeVerifier).toMatch(/^[A-Za-z0-9._~-]{43,128}$/);
  });
});

describe('what is pending', () => {
  test('is stored under the hash of the state, for ten minutes, bound to the browser', async () => {
    const { login, onlyPending } = build();
    await login({ query: 'return_to=%2Fmessages%3Fq%3Da' });
    expect(onlyPending()).toMatchObject({
      loginId: hashOf(tokenNamed('token2')),
      binding: { browserHash: hashOf(tokenNamed('token1')) },
      returnTo: '/messages?q=a',
      prompted: true,
      clientId: 'client-1',
      scopes: askedScopes,
      expiresAt: testStart + 600_000,
    });
  });

  test('holds no secret in clear', async () => {
    const { login, pendingConsents } = build();
    const answer = await login();
    const { searchParams } = locationOf(answer);
    const rows = [...pendingConsents.rows.values()].map((row) => ({
      ...row,
      sealed: Buffer.from(row.sealed ?? []).toString(),
    }));
    const stored = JSON.stringify(rows);
    for (const token of [1, 2, 3, 4].map((number) => tokenNamed(`token${number}`))) {
      expect(stored).not.toContain(token);
    }
    expect(stored).not.toContain(searchParams.get('nonce'));
  });
});

describe('the login cookie', () => {
  test('binds the browser', async () => {
    const { login } = build();
    expect((await login()).cookies).toEqual([
      `__Host-login=${tokenNamed('token1')}; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure`,
    ]);
  });

  test('is shared by the tabs of a browser, and renewed by each', async () => {
    const { login, pendingConsents } = build();
    const browser = tokenNamed('browser');
    const first = await login({ cookies: { '__Host-login': browser } });
    const second = await login({ cookies: { '__Host-login': browser } });
    expect(first.cookies).toEqual([expect.stringContaining(`__Host-login=${browser};`)]);
    expect(second.cookies).toEqual(first.cookies);
    const bindings = [...pendingConsents.rows.values()].map(({ binding }) => binding);
    expect(bindings).toEqual([{ browserHash: hashOf(browser) }, { browserHash: hashOf(browser) }]);
  });

  test('is replaced when it is not one of ours', async () => {
    const { login } = build();
    const { cookies } = await login({ cookies: { '__Host-login': 'planted' } });
    expect(cookies).toEqual([expect.stringContaining(`__Host-login=${tokenNamed('token1')};`)]);
  });
});

describe('/auth/url', () => {
  test('hands out the address and when it ends, and binds the caller', async () => {
    const { url } = build();
    const answer = await url({ headers: { 'sec-fetch-site': 'same-origin' } });
    expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(jsonOf(answer)).toEqual({
      authorizationUrl: expect.stringMatching(/^https:\/\/accounts\.google\.com\/o\/oauth2\/v2\/auth\?/),
      expiresAt: '2026-11-01T00:10:00.000Z',
    });
    expect(answer.cookies).toHaveLength(1);
  });

  test('refuses what a browser marks as cross-site, binds nothing, and points to /auth/login', async () => {
    const { url, pendingConsents } = build();
    const answer = await url({ headers: { 'sec-fetch-site': 'cross-site' } });
    expect(answer.status).toBe(403);
    expect(jsonOf(answer)).toMatchObject({
      code: 'cross_site',
      authorizationUrl: expect.stringMatching(/^https:\/\/mail\.example\.com\/auth\/login/),
    });
    expect(answer.cookies).toEqual([]);
    expect(pendingConsents.rows.size).toBe(0);
  });

  test.each([['same-origin'], ['same-site'], ['none'], [undefined]])(
    'serves a caller whose Sec-Fetch-Site is %s',
    async (site) => {
      const { url } = build();
      expect((await url(site === undefined ? {} : { headers: { 'sec-fetch-site': site } })).status).toBe(200);
    },
  );

  test('/auth/login is open to a link on any site', async () => {
    const { login } = build();
    const headers = { ...browserHeaders, 'sec-fetch-site': 'cross-site' };
    expect((await login({ headers })).status).toBe(303);
  });
});

describe('a signed-in browser', () => {
  test('is asked for the same account, with the prompt', async () => {
    const { login, sessions, onlyPending } = build('active');
    await sessions.put(sessionOf(session));
    const { searchParams } = locationOf(await login(signedIn));
    expect(searchParams.get('prompt')).toBe('consent');
    expect(searchParams.get('login_hint')).toBe('account-1');
    expect(onlyPending()).toMatchObject({ expectedAccountId: 'account-1', prompted: true });
  });

  test('is never expected by a hint: only the session says which account', async () => {
    const { login, onlyPending, sessions } = build('active');
    await login({ query: 'login_hint=bob%40example.com' });
    expect(onlyPending().expectedAccountId).toBeUndefined();
    await sessions.put(sessionOf(session));
    const { searchParams } = locationOf(
      await login({ ...signedIn, query: 'login_hint=alias%40example.com' }),
    );
    expect(searchParams.get('login_hint')).toBe('alias@example.com');
  });
});

describe('a remembered browser, its session ended by disuse', () => {
  const remembered = async (status: GrantStatus | undefined, request: TestRequest = {}) => {
    const built = build(status);
    await built.sessions.put(sessionOf(session));
    built.clock.pass(30 * day);
    const answer = await built.login({ ...signedIn, ...request });
    return { ...built, url: locationOf(answer) };
  };

  test('is sent without the prompt while the account has an active grant', async () => {
    const { url, onlyPending } = await remembered('active');
    expect(url.searchParams.has('prompt')).toBe(false);
    expect(url.searchParams.get('login_hint')).toBe('account-1');
    expect(onlyPending()).toMatchObject({ prompted: false });
    expect(onlyPending().expectedAccountId).toBeUndefined();
  });

  test.each([['revoked' as const], ['disconnecting' as const], [undefined]])(
    'is asked again when the grant is %s',
    async (status) => {
      const { url, onlyPending } = await remembered(status);
      expect(url.searchParams.get('prompt')).toBe('consent');
      expect(onlyPending().prompted).toBe(true);
    },
  );

  test('is asked again when the request forces it', async () => {
    const { url, onlyPending } = await remembered('active', { query: 'prompt=consent' });
    expect(url.searchParams.get('prompt')).toBe('consent');
    expect(onlyPending().prompted).toBe(true);
  });

  test('is forgotten by logout, and after 180 days', async () => {
    const { sessions, login, clock } = build('active');
    const after = async () => locationOf(await login(signedIn)).searchParams;
    expect((await after()).get('prompt')).toBe('consent');
    await sessions.put(sessionOf(session));
    clock.pass(180 * day);
    expect((await after()).get('prompt')).toBe('consent');
    expect((await after()).has('login_hint')).toBe(false);
  });
});
