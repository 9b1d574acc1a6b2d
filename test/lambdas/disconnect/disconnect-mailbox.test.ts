import { describe, expect, test } from 'vitest';
import { disconnectRoute } from '../../../lambdas/disconnect/disconnect-mailbox.ts';
import { Problem } from '../../../lambdas/errors.ts';
import { createCookieJar } from '../../../lambdas/http/cookies.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import { ask, backendRole, jsonOf, type TestRequest } from '../../support/api-event.ts';
import { bindingCipher } from '../../support/doubles/binding-cipher.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { grantOf } from '../../support/doubles/grants.ts';
import { type MemoryGrants, memoryGrants } from '../../support/doubles/memory-grants.ts';
import { memorySessions, sessionOf } from '../../support/doubles/memory-sessions.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';

const origin = 'https://mail.example.com';
const session = tokenNamed('session');
const elsewhere = tokenNamed('elsewhere');
const sameOrigin: TestRequest = {
  cookies: { '__Host-session': session },
  headers: { 'sec-fetch-site': 'same-origin' },
};

async function build(
  changes: Parameters<typeof grantOf>[1] = {},
  wrapGrants: (grants: MemoryGrants) => MemoryGrants = (grants) => grants,
) {
  const cipher = bindingCipher();
  const clock = testClock();
  const log = recordingLog();
  const grants = memoryGrants(
    await grantOf(cipher, { accessToken: { token: 'access', expiresAt: testStart + 3_600_000 }, ...changes }),
  );
  const sessions = memorySessions(
    sessionOf(session),
    sessionOf(elsewhere),
    sessionOf(tokenNamed('other'), { accountId: 'account-2' }),
  );
  const steps: string[] = [];
  const google = { revoke: async (_refreshToken: string): Promise<void> => {} };
  const cookies = createCookieJar(origin);
  const watched = wrapGrants({
    ...grants,
    putStatus: (grant, status, now) => {
      steps.push(`mark ${status} at ${now - testStart}`);
      return grants.putStatus(grant, status, now);
    },
    erase: (grant) => {
      steps.push('erase grant');
      return grants.erase(grant);
    },
  });
  const handler = createHandler(
    disconnectRoute({
      grants: watched,
      sessions: {
        find: sessions.find,
        // Read when it is called, so that a test may change it.
        listByAccount: (accountId) => sessions.listByAccount(accountId),
        deleteOfGeneration: (tokenHash, generation) => {
          steps.push('erase session');
          return sessions.deleteOfGeneration(tokenHash, generation);
        },
      },
      cipher,
      google: {
        revoke: (refreshToken) => {
          steps.push(`revoke ${refreshToken}`);
          return google.revoke(refreshToken);
        },
      },
      eraseCopy: async ({ generation }) => {
        steps.push(`ask for the erasure of ${generation}`);
      },
      cookies,
      origin,
      log,
      clock,
    }),
    { origin, log },
  );
  const disconnect = (request: TestRequest = sameOrigin) => ask(handler, 'DELETE /mailbox', request);
  const byBackend = (request: TestRequest = { signedBy: backendRole }) =>
    ask(handler, 'DELETE /accounts/{accountId}', { pathParameters: { accountId: 'account-1' }, ...request });
  return { cipher, clock, log, grants, sessions, google, cookies, steps, disconnect, byBackend };
}

describe('a mailbox that is disconnected', () => {
  test.each([
    ['by its user', 'disconnect', true],
    ['by a backend', 'byBackend', false],
  ] as const)(
    '%s is marked, revoked at Google, erased here, and signed out everywhere, in this order',
    async (_, way, clearsCookie) => {
      const { steps, grants, sessions, cookies, ...ways } = await build();
      const answer = await ways[way]();
      expect(answer).toMatchObject({ status: 202, cookies: clearsCookie ? [cookies.clear('session')] : [] });
      expect(jsonOf(answer)).toEqual({ status: 'disconnected', revokedAtGoogle: true });
      expect(steps).toEqual([
        'mark disconnecting at 0',
        'revoke stored-refresh-token',
        'ask for the erasure of generation-1',
        'erase grant',
        'erase session',
        'erase session',
      ]);
      expect(grants.rows.size).toBe(0);
      expect([...sessions.rows.values()].map(({ accountId }) => accountId)).toEqual(['account-2']);
    },
  );

  test.each([
    ['disconnect', 'revoked'],
    ['disconnect', 'disconnecting'],
    ['byBackend', 'disconnecting'],
  ] as const)('by %s is erased also if its grant is %s', async (way, status) => {
    const { grants, steps, ...ways } = await build({ status });
    expect((await ways[way]()).status).toBe(202);
    expect(grants.rows.size).toBe(0);
    expect(steps).toContain('revoke stored-refresh-token');
  });

  test('is gone afterwards: asking again returns login_required, and does nothing', async () => {
    const { disconnect, steps } = await build();
    await disconnect();
    const before = [...steps];
    expect(jsonOf(await disconnect())).toMatchObject({ status: 401, code: 'login_required' });
    expect(steps).toEqual(before);
  });

  test('is disconnected once by two requests at once, and neither fails with 5xx', async () => {
    const { disconnect, grants, sessions } = await build();
    const answers = await Promise.all([disconnect(), disconnect()]);
    expect(answers.map(({ status }) => status)).toContain(202);
    for (const { status } of answers) expect([202, 401]).toContain(status);
    expect(grants.rows.size).toBe(0);
    expect(sessions.rows.size).toBe(1);
  });

  test('loses also the session that the index does not list yet', async () => {
    const { disconnect, sessions } = await build();
    sessions.listByAccount = async () => [sessionOf(elsewhere).tokenHash];
    await disconnect();
    expect([...sessions.rows.values()].map(({ accountId }) => accountId)).toEqual(['account-2']);
  });
});

describe('a revocation that fails', () => {
  test.each(['google_unavailable', 'google_timeout', 'google_error'] as const)(
    '%s: everything is erased here, and the answer says what the user must do at Google',
    async (code) => {
      const { disconnect, google, grants, sessions, log } = await build();
      google.revoke = () => Promise.reject(new Problem(code, { cause: new Error('canary') }));
      const answer = await disconnect();
      expect(answer.status).toBe(202);
      expect(jsonOf(answer)).toEqual({
        status: 'disconnected',
        revokedAtGoogle: false,
        detail: expect.stringMatching(/couldn’t revoke access at Google/),
        removeAccessAt: 'https://myaccount.google.com/connections',
      });
      expect(grants.rows.size).toBe(0);
      expect(sessions.rows.size).toBe(1);
      expect(log.lines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          event: 'not revoked at google',
          code,
          accountId: 'account-1',
        }),
      );
      expect(JSON.stringify([answer, log.lines])).not.toMatch(/canary|stored-refresh-token/);
    },
  );

  test.each<[string, (built: Awaited<ReturnType<typeof build>>) => unknown]>([
    ['the key is down', ({ cipher }) => (cipher.available = false)],
    [
      'the token is unreadable',
      async ({ cipher, grants }) => {
        const [row] = grants.rows.values();
        const foreign = await grantOf(cipher, { accountId: 'account-2' });
        if (row) grants.rows.set('account-1', { ...row, refreshToken: foreign.refreshToken });
      },
    ],
  ])('because %s: everything is erased here, and no token is sent', async (_, spoil) => {
    const built = await build();
    await spoil(built);
    expect(jsonOf(await built.disconnect())).toMatchObject({ revokedAtGoogle: false });
    expect(built.grants.rows.size).toBe(0);
    expect(built.steps).not.toContain('revoke stored-refresh-token');
  });
});

describe('a reconnect during the disconnect', () => {
  test('is not erased', async () => {
    const { disconnect, google, grants, sessions, cipher } = await build();
    const newer = await grantOf(cipher, { generation: 'generation-2', consentId: 'consent-2' });
    const itsSession = sessionOf('another', { generation: 'generation-2' });
    google.revoke = async () => {
      grants.rows.set('account-1', newer);
      await sessions.put(itsSession);
    };
    expect((await disconnect()).status).toBe(202);
    expect(grants.rows.get('account-1')).toEqual(newer);
    expect(sessions.rows.has(itsSession.tokenHash)).toBe(true);
  });

  test('that came before the mark is what is disconnected', async () => {
    let late = true;
    const { disconnect, grants, steps, cipher } = await build({}, (inner) => ({
      ...inner,
      find: async (accountId) => {
        const seen = await inner.find(accountId);
        if (late) {
          late = false;
          grants.rows.set(
            'account-1',
            await grantOf(cipher, { consentId: 'consent-2', refreshToken: 'newer' }),
          );
        }
        return seen;
      },
    }));
    expect((await disconnect()).status).toBe(202);
    expect(steps).toContain('revoke newer');
    expect(grants.rows.size).toBe(0);
  });

  test('that keeps coming is storage_unavailable, and nothing is half done', async () => {
    const { disconnect, steps, grants } = await build({}, (inner) => ({
      ...inner,
      putStatus: async () => false,
    }));
    expect(jsonOf(await disconnect())).toMatchObject({ status: 503, code: 'storage_unavailable' });
    expect(steps).toEqual([]);
    expect(grants.rows.get('account-1')?.status).toBe('active');
  });
});

test.each<[string, Parameters<typeof grantOf>[1], TestRequest, number]>([
  ['no session', {}, { headers: { 'sec-fetch-site': 'same-origin' } }, 0],
  ['a session that ended by disuse', {}, sameOrigin, 30 * 86_400_000],
  ['a session of an earlier generation', { generation: 'generation-2' }, sameOrigin, 0],
])('a caller with %s cannot disconnect', async (_, grant, request, passed) => {
  const { disconnect, steps, clock } = await build(grant);
  clock.pass(passed);
  expect(jsonOf(await disconnect(request))['code']).toBe('login_required');
  expect(steps).toEqual([]);
});

test('a backend gets 404 if another caller disconnected the account at the same moment', async () => {
  const { byBackend, grants } = await build({}, (store) => {
    let reads = 0;
    // Between whose it is and its end it goes.
    return { ...store, find: async (id) => (reads++ === 0 ? store.find(id) : undefined) };
  });
  expect(jsonOf(await byBackend())).toMatchObject({ status: 404, code: 'not_found' });
  expect(grants.rows.size).toBe(1);
});
