import { describe, expect, test } from 'vitest';
import { Problem } from '../../../../lambdas/errors.ts';
import type { GrantStatus } from '../../../../lambdas/grants/grant.ts';
import { createCookieJar } from '../../../../lambdas/http/cookies.ts';
import { createHandler } from '../../../../lambdas/http/handler.ts';
import type { MailboxState } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { requestSyncRoute } from '../../../../lambdas/sync/mailbox/request-sync.ts';
import { ask, backendRole, jsonOf, type TestRequest } from '../../../support/api-event.ts';
import { testClock, testStart } from '../../../support/doubles/clock.ts';
import { memorySessions, sessionOf } from '../../../support/doubles/memory-sessions.ts';
import { recordingLog } from '../../../support/doubles/recording-log.ts';
import { tokenNamed } from '../../../support/doubles/tokens.ts';
import { type MemoryMailboxes, memoryMailboxes, stateOf } from '../memory-mailboxes.ts';

const origin = 'https://mail.example.com';
const session = tokenNamed('session');
const cookies = { '__Host-session': session };
const sameOrigin: TestRequest = { cookies, headers: { 'sec-fetch-site': 'same-origin' } };

function build({
  states = [stateOf({ nextDueAt: testStart + 240_000 })],
  copying = true,
  status = 'active',
  changes = {},
}: {
  states?: readonly MailboxState[];
  copying?: boolean;
  status?: GrantStatus;
  changes?: Partial<MemoryMailboxes>;
} = {}) {
  const clock = testClock();
  const mailboxes = { ...memoryMailboxes(...states), ...changes };
  const handler = createHandler(
    requestSyncRoute({
      sessions: memorySessions(sessionOf(session)),
      findAccount: async (accountId) =>
        accountId === 'account-1'
          ? { accountId, generation: 'generation-1', status, owner: 'tenant-1' }
          : undefined,
      mailboxes,
      cookies: createCookieJar(origin),
      origin,
      copying,
      minute: 60_000,
      clock,
    }),
    { origin, log: recordingLog() },
  );
  const request = (what: 'sync' | 'verify' = 'sync', given: TestRequest = sameOrigin) =>
    ask(handler, `POST /mailbox/${what}`, given);
  const backend = (what: 'sync' | 'verify', given: TestRequest = { signedBy: backendRole }) =>
    ask(handler, `POST /accounts/{accountId}/${what}`, {
      pathParameters: { accountId: 'account-1' },
      ...given,
    });
  return { clock, mailboxes, request, backend, row: () => mailboxes.rows.get('account-1') };
}

describe('a sync is asked for', () => {
  test('and will be done: 202, due now', async () => {
    const { request, row, clock } = build();
    clock.pass(5_000);
    const answer = await request();
    expect(answer.status).toBe(202);
    expect(jsonOf(answer)).toEqual({ status: 'requested' });
    expect(row()).toMatchObject({ requestedAt: testStart + 5_000, nextDueAt: testStart + 5_000 });
    expect(row()?.verifyRequestedAt).toBeUndefined();
  });

  test('with a comparison of copy and mailbox, under its own address', async () => {
    const { request, row } = build();
    expect((await request('verify')).status).toBe(202);
    expect(row()).toMatchObject({ requestedAt: testStart, verifyRequestedAt: testStart });
  });

  test('of the caller’s own mailbox and generation, and of no other', async () => {
    const { request, mailboxes } = build({ states: [stateOf(), stateOf({ accountId: 'account-2' })] });
    await request();
    expect(mailboxes.writes).toEqual(['request account-1 generation-1 sync']);
    expect(mailboxes.rows.get('account-2')).toEqual(stateOf({ accountId: 'account-2' }));
  });
});

describe('a comparison that was asked for', () => {
  const found = { missing: [], extra: [], mislabelled: [] };
  const hour = 3_600_000;
  const lastVerify = { ...found, at: testStart, because: 'requested' } as const;

  test.each([
    ['waits', { verifyRequestedAt: testStart - 1 }],
    ['runs', { verify: { startedAt: testStart, because: 'requested', found } }],
  ] as const)('and %s serves all who ask: no other follows it', async (_, state) => {
    const { request, mailboxes } = build({ states: [stateOf({ ...state, lastVerify })] });
    const answer = await request('verify');
    expect([answer.status, jsonOf(answer)]).toEqual([202, { status: 'requested' }]);
    expect(mailboxes.writes).toEqual(['request account-1 generation-1 sync']);
  });

  test('is followed by a pause of an hour, in which the answer says when to ask again', async () => {
    const { request, backend, clock, mailboxes } = build({ states: [stateOf({ lastVerify })] });
    clock.pass(20_500);
    for (const answer of [await request('verify'), await backend('verify')]) {
      expect(jsonOf(answer)).toMatchObject({ status: 429, code: 'rate_limited' });
      expect(jsonOf(answer)['detail']).toMatch(/Another comparison can be asked for in 60 min\.$/);
      expect(answer.headers).toMatchObject({ 'retry-after': '3580' });
    }
    expect(mailboxes.writes).toEqual([]);
    expect((await request('sync')).status).toBe(202);
    clock.pass(hour);
    expect((await request('verify')).status).toBe(202);
    expect(mailboxes.writes.at(-1)).toBe('request account-1 generation-1 verify');
  });

  test.each([
    ['that the sync began by itself', { ...found, at: testStart, because: 'schedule' }],
    ['of an earlier version, which does not say why it ran', { ...found, at: testStart }],
  ] as const)('need not wait after one %s', async (_, last) => {
    const { request, row } = build({ states: [stateOf({ lastVerify: last })] });
    expect((await request('verify')).status).toBe(202);
    expect(row()?.verifyRequestedAt).toBe(testStart);
  });

  test('is not put off by a comparison of the first copy, which compares less', async () => {
    const verify = { startedAt: testStart, because: 'first_copy', found } as const;
    const { request, row } = build({ states: [stateOf({ verify })] });
    expect((await request('verify')).status).toBe(202);
    expect(row()?.verifyRequestedAt).toBe(testStart);
  });
});

describe('a sync is not promised', () => {
  test('while the mailbox is paused: it waits for a new consent, and the answer says where', async () => {
    const { request, row } = build({
      states: [stateOf({ phase: 'paused', pausedBecause: 'grant_revoked' })],
    });
    expect(jsonOf(await request())).toMatchObject({
      status: 409,
      code: 'sync_paused',
      authorizationUrl: `${origin}/auth/login`,
    });
    expect(row()?.requestedAt).toBeUndefined();
  });

  test('while an operator has paused the mailbox, which no consent ends', async () => {
    const { request } = build({
      states: [stateOf({ phase: 'paused', pausedBecause: 'paused_by_operator' })],
    });
    const answer = jsonOf(await request());
    expect(answer).toMatchObject({ status: 409, code: 'paused_by_operator' });
    expect(answer).not.toHaveProperty('authorizationUrl');
  });

  test.each([
    ['whose sync has not begun', []],
    ['of which only an older generation is known', [stateOf({ generation: 'generation-0' })]],
    [
      'of which only an older generation is known, and paused',
      [stateOf({ generation: 'generation-0', phase: 'paused' })],
    ],
  ])('for a mailbox %s', async (_, states) => {
    const answer = jsonOf(await build({ states }).request());
    expect(answer).toMatchObject({ status: 409, code: 'not_copied' });
    expect(answer).not.toHaveProperty('authorizationUrl');
  });

  test('where this site copies no mail, though a state from before may still stand', async () => {
    const { request, mailboxes } = build({ copying: false });
    expect(jsonOf(await request())).toMatchObject({ status: 409, code: 'not_copied' });
    expect(mailboxes.writes).toEqual([]);
  });

  test('while a disconnect is under way, to a person or a backend', async () => {
    const { request, backend, mailboxes } = build({ status: 'disconnecting' });
    for (const answer of [await request(), await backend('sync')]) {
      expect(jsonOf(answer)).toMatchObject({ status: 401, code: 'grant_revoked' });
    }
    expect(mailboxes.writes).toEqual([]);
  });

  test('when the table cannot be reached', async () => {
    const down = async () => Promise.reject(new Problem('storage_unavailable'));
    expect(jsonOf(await build({ changes: { change: down } }).request())).toMatchObject({
      status: 503,
      code: 'storage_unavailable',
    });
  });
});

describe('a backend', () => {
  test.each(['sync', 'verify'] as const)(
    'asks for a %s of the account that it names; it is no browser that must show its origin',
    async (what) => {
      const { backend, mailboxes } = build();
      const answer = await backend(what);
      expect([answer.status, jsonOf(answer)]).toEqual([202, { status: 'requested' }]);
      expect(mailboxes.writes).toEqual([`request account-1 generation-1 ${what}`]);
    },
  );
});
