import { describe, expect, test } from 'vitest';
import { createCookieJar } from '../../../lambdas/http/cookies.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import { json } from '../../../lambdas/http/response.ts';
import { hashOf } from '../../../lambdas/secrets.ts';
import { logoutRoute } from '../../../lambdas/sessions/logout.ts';
import { readSession } from '../../../lambdas/sessions/read-session.ts';
import { requireSession } from '../../../lambdas/sessions/require-session.ts';
import type { Session } from '../../../lambdas/sessions/session.ts';
import { startSession } from '../../../lambdas/sessions/start-session.ts';
import { ask, jsonOf, type TestRequest } from '../../support/api-event.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { memorySessions, sessionOf } from '../../support/doubles/memory-sessions.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { numberedTokens, tokenNamed } from '../../support/doubles/tokens.ts';

const origin = 'https://mail.example.com';
const cookies = createCookieJar(origin);
const token = tokenNamed('session');
const hour = 3_600_000;
const day = 24 * hour;

function build(...sessions: Session[]) {
  const store = memorySessions(...sessions);
  const clock = testClock();
  const log = recordingLog();
  const who = createHandler(
    async (request) => {
      const session = await requireSession(request, { sessions: store, cookies, clock });
      return json<object>(200, { account: session.accountId });
    },
    { origin, log },
  );
  const logout = createHandler(logoutRoute({ sessions: store, cookies, origin }), { origin, log });
  const whoIs = async (request: TestRequest) => {
    const answer = await ask(who, 'GET /mailbox', request);
    return answer.status === 200 ? jsonOf(answer)['account'] : jsonOf(answer)['code'];
  };
  return { store, clock, logout, whoIs };
}

const withCookie: TestRequest = { cookies: { '__Host-session': token } };
const withBearer: TestRequest = { headers: { authorization: `Bearer ${token}` } };

describe('a caller', () => {
  test('is proved by the cookie or by a bearer token', async () => {
    const { whoIs } = build(sessionOf(token));
    expect(await whoIs(withCookie)).toBe('account-1');
    expect(await whoIs(withBearer)).toBe('account-1');
    expect(await whoIs({ headers: { authorization: `bearer   ${token}` } })).toBe('account-1');
  });

  test.each(['Bearer ', 'Basic YTpi', ''])(
    'is the cookie’s owner where the authorization is %j, which a browser may add by itself',
    async (authorization) => {
      const { whoIs } = build(sessionOf(token));
      expect(await whoIs({ ...withCookie, headers: { authorization } })).toBe('account-1');
    },
  );
});

describe('a session', () => {
  test('ends after 30 days of disuse', async () => {
    const { whoIs, clock } = build(sessionOf(token));
    clock.pass(30 * day - 1);
    expect(await whoIs(withCookie)).toBe('account-1');
    clock.pass(30 * day);
    expect(await whoIs(withCookie)).toBe('login_required');
  });

  test('is still known after that, so that its browser is remembered', async () => {
    const { store, clock } = build(sessionOf(token));
    clock.pass(30 * day);
    const request = {
      routeKey: '',
      requestId: '',
      method: 'GET',
      path: '/',
      query: new URLSearchParams(),
      pathParameters: {},
      headers: {},
      cookies: new Map([['__Host-session', token]]),
      body: '',
    };
    expect(await readSession(request, { sessions: store, cookies, clock })).toMatchObject({
      state: 'idle',
      session: { accountId: 'account-1' },
    });
    clock.pass(150 * day);
    expect(await readSession(request, { sessions: store, cookies, clock })).toBeUndefined();
  });

  test('ends after 180 days in all, however much it is used', async () => {
    const { whoIs, clock } = build(sessionOf(token));
    for (let days = 0; days < 179; days++) {
      clock.pass(day);
      expect(await whoIs(withCookie)).toBe('account-1');
    }
    clock.pass(day - 1);
    expect(await whoIs(withCookie)).toBe('account-1');
    clock.pass(1);
    expect(await whoIs(withCookie)).toBe('login_required');
  });

  test('is renewed by use, written down at most once a day', async () => {
    const { whoIs, clock, store } = build(sessionOf(token));
    for (let hours = 0; hours < 49; hours++) {
      await whoIs(withCookie);
      clock.pass(hour);
    }
    expect(store.renewals).toEqual([
      { tokenHash: hashOf(token), renewedAt: testStart + day },
      { tokenHash: hashOf(token), renewedAt: testStart + 2 * day },
    ]);
  });

  test('from a handoff ends after 12 hours of disuse, and is renewed by use every 24 minutes', async () => {
    const { whoIs, clock, store } = build(sessionOf(token, { idleLifetime: 12 * hour }));
    clock.pass(24 * 60_000 - 1);
    await whoIs(withBearer);
    expect(store.renewals).toEqual([]);
    clock.pass(1);
    await whoIs(withBearer);
    clock.pass(12 * hour - 1);
    expect(await whoIs(withBearer)).toBe('account-1');
    clock.pass(12 * hour);
    expect(await whoIs(withBearer)).toBe('login_required');
  });

  test('starts under a fresh token, of which only the hash is stored', async () => {
    const store = memorySessions();
    const given = await startSession(
      { accountId: 'account-1', generation: 'generation-1' },
      { sessions: store, clock: testClock(), newToken: numberedTokens('fresh') },
    );
    expect(given).toBe(tokenNamed('fresh1'));
    expect([...store.rows.values()]).toEqual([sessionOf(given)]);
    expect(JSON.stringify([...store.rows])).not.toContain(given);
  });
});

describe('logout', () => {
  const sameOrigin = { 'sec-fetch-site': 'same-origin' };

  test('ends the session and forgets the browser', async () => {
    const { logout, store, whoIs } = build(sessionOf(token));
    const answer = await ask(logout, 'POST /auth/logout', { ...withCookie, headers: sameOrigin });
    expect(answer).toMatchObject({
      status: 204,
      text: '',
      cookies: [cookies.clear('session'), cookies.clear('login'), cookies.clear('applications')],
    });
    expect(store.rows.size).toBe(0);
    expect(await whoIs(withCookie)).toBe('login_required');
  });

  test('ends no other session', async () => {
    const other = tokenNamed('other');
    const { logout, whoIs } = build(sessionOf(token), sessionOf(other));
    await ask(logout, 'POST /auth/logout', { ...withCookie, headers: sameOrigin });
    expect(await whoIs({ cookies: { '__Host-session': other } })).toBe('account-1');
  });

  test('does no harm if repeated, or without a session', async () => {
    const { logout } = build(sessionOf(token));
    const again = () => ask(logout, 'POST /auth/logout', { ...withCookie, headers: sameOrigin });
    expect([(await again()).status, (await again()).status]).toEqual([204, 204]);
    expect((await ask(logout, 'POST /auth/logout', { headers: sameOrigin })).status).toBe(204);
  });

  test('is open to a bearer token from anywhere, which no browser adds by itself', async () => {
    const { logout, store } = build(sessionOf(token));
    expect((await ask(logout, 'POST /auth/logout', withBearer)).status).toBe(204);
    expect(store.rows.size).toBe(0);
  });

  test('is closed to a page of another site, with an authorization that browsers add by themselves', async () => {
    const { logout, store } = build(sessionOf(token));
    const headers = { 'sec-fetch-site': 'cross-site', authorization: 'Basic eDp5' };
    expect((await ask(logout, 'POST /auth/logout', { ...withCookie, headers })).status).toBe(403);
    expect(store.rows.size).toBe(1);
  });
});
