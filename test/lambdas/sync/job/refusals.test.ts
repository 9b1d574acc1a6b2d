import { describe, expect, test } from 'vitest';
import { Problem } from '../../../../lambdas/errors.ts';
import type { FetchAnswer, SyncGmail } from '../../../../lambdas/sync/job/sync-gmail.ts';
import type { MailboxState } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { endOfQuotaDay } from '../../../../lambdas/sync/mailbox/quota-day.ts';
import { testStart } from '../../../support/doubles/clock.ts';
import { mailbox as key } from '../memory-mailboxes.ts';
import { next, open, pace, run } from '../one-job.ts';

const backfilling = { phase: 'backfill', dueClass: 'more' } as const;

describe('a rate limit that names no time', () => {
  const limited = { listHistory: () => Promise.reject(new Problem('rate_limited')) };

  test('is waited for twice as long each time, up to an hour or so', async () => {
    const opened = open(0);
    const waits: number[] = [];
    for (let jobs = 0; jobs < 9; jobs += 1) {
      const state = await next(opened, pace.minute, { gmail: limited });
      waits.push(((state.notBefore ?? 0) - opened.clock()) / pace.minute);
      expect(state.nextDueAt).toBe(state.notBefore);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 64, 64]);
  });

  test('is waited for a minute again after a job that Gmail served', async () => {
    const opened = open(0);
    for (let jobs = 0; jobs < 3; jobs += 1) await next(opened, pace.minute, { gmail: limited });
    expect((await next(opened, pace.minute)).refusals).toBeUndefined();
    const state = await next(opened, pace.minute, { gmail: limited });
    expect(state.notBefore).toBe(opened.clock() + pace.minute);
  });

  test('is not waited for by all mailboxes alike', async () => {
    const { state } = await run(open(0), { gmail: limited, random: () => 0.5 });
    expect(state.notBefore).toBe(testStart + 1.25 * pace.minute);
  });
});

test.each([
  ['refused without a time are halved after 1, 2 and 4 seconds', 'limited', 'rate_limited', [1, 2, 4]],
  ['that meet faults are halved after a second each', 'again', 'google_unavailable', [1, 1, 1]],
] as const)('batches %s, and after the fourth the job ends', async (_, kind, code, waits) => {
  const opened = open(100);
  const begun: number[] = [];
  const fetch: SyncGmail['fetch'] = async (requests) => {
    opened.fetches.push(requests.length);
    begun.push((opened.clock() - testStart) / 1_000);
    return requests.map(() => ({ kind }));
  };
  const { state } = await run(opened, { gmail: { fetch } });
  expect(state.lastError).toMatchObject({ code });
  expect(opened.fetches).toEqual([25, 12, 6, 3]);
  expect(begun.slice(1).map((at, index) => at - (begun[index] ?? 0))).toEqual(waits);
});

describe('a refusal of the whole project', () => {
  const midnight = endOfQuotaDay(testStart);

  test.each([
    ['for its minute', 'minute', testStart + pace.minute],
    ['for its day', 'day', midnight],
  ] as const)(
    '%s slows the dispatcher, and does not count as one of the mailbox',
    async (_, quota, until) => {
      const opened = open(30);
      const fetch: SyncGmail['fetch'] = async (requests) =>
        requests.map(() => ({ kind: 'limited', projectQuota: quota }) as const);
      const { state } = await run(opened, { gmail: { fetch } });
      expect(opened.slowed).toEqual([until]);
      expect(state).toMatchObject({ notBefore: until, refusals: 0, waitsFor: 'rate_limited' });
    },
  );

  test('that names no whole project slows no dispatcher', async () => {
    const opened = open(0);
    await run(opened, { gmail: { listHistory: () => Promise.reject(new Problem('rate_limited')) } });
    expect(opened.slowed).toEqual([]);
  });
});

describe('an account whose every message is refused', () => {
  const refused: FetchAnswer = { kind: 'refused', reason: '403 forbidden' };

  function refusing(messages: number, changes: Partial<MailboxState> = {}) {
    const opened = open(messages, changes);
    opened.mailbox.refuseMessages();
    return opened;
  }

  test('has no message recorded as failed, and is left alone longer and longer, then paused', async () => {
    const opened = refusing(400, backfilling);
    const waits: number[] = [];
    for (let jobs = 0; jobs < 5; jobs += 1) {
      const state = await next(opened, pace.minute);
      expect(state).toMatchObject({ phase: 'backfill', copied: 0, failed: 0, waitsFor: 'messages_refused' });
      waits.push(((state.notBefore ?? 0) - opened.clock()) / pace.minute);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16]);
    expect(await next(opened, pace.minute)).toMatchObject({
      phase: 'paused',
      pausedBecause: 'messages_refused',
    });
    // Each job asks for one batch and a sample.
    expect(opened.fetches).toEqual([25, 3, 25, 3, 25, 3, 25, 3, 25, 3, 25, 3]);
    expect(opened.announced).toEqual(['paused']);
  });

  test('continues when it is resumed: those that had been recorded as failed are tried at once', async () => {
    const opened = refusing(300, backfilling);
    const { failed } = opened.tables.copyOf(key);
    const day = 86_400_000;
    for (const id of opened.mailbox.messages.keys()) {
      failed.set(id, { id, reason: refused.reason, attempts: 12, nextAttemptAt: testStart + day });
    }
    const [first = ''] = failed.keys();
    failed.set(first, { id: first, reason: refused.reason, attempts: 12, nextAttemptAt: testStart });
    const another = opened.mailbox.arrive(['INBOX']);
    expect(await next(opened, 0)).toMatchObject({ lastError: { code: 'messages_refused' }, failed: 300 });
    opened.mailbox.heal();
    // As many as the budget pays for.
    expect(await next(opened, 0)).toMatchObject({ phase: 'backfill', failed: 17 });
    expect(await next(opened, pace.minute)).toMatchObject({ phase: 'live', copied: 301, failed: 0 });
    expect(opened.rows.has(another)).toBe(true);
    expect(opened.tables.states.get(key.accountId)?.messagesRefused).toBeUndefined();
  });

  test('is asked for nothing more once Google names a time for a part of the sample', async () => {
    const opened = open(30, backfilling);
    const fetch: SyncGmail['fetch'] = async (requests) => {
      opened.fetches.push(requests.length);
      if (requests.length > 3) return requests.map(() => refused);
      const [_, ...others] = requests.map((request) => opened.mailbox.fetch(request));
      return [{ kind: 'limited', retryAfterSeconds: 95 }, ...others];
    };
    const { state } = await run(opened, { gmail: { fetch } });
    expect(state).toMatchObject({ notBefore: testStart + 95_000, waitsFor: 'rate_limited' });
    expect(opened.fetches).toEqual([25, 3]);
  });

  test('is distinguished from messages that are refused for their own sake: Gmail gives others', async () => {
    const opened = open(3);
    await run(opened);
    for (let number = 0; number < 2; number += 1) {
      opened.mailbox.blemish(opened.mailbox.arrive(['INBOX']), 'refused');
    }
    opened.fetches.length = 0;
    expect(await next(opened, 0)).toMatchObject({ copied: 3, failed: 2, lastError: undefined });
    expect(opened.fetches).toEqual([2, 3]);
  });
});

test('a mailbox has caught up when no message is missing any more, not before', async () => {
  const opened = open(30, backfilling);
  const [id = ''] = opened.mailbox.messages.keys();
  opened.mailbox.blemish(id, 'unreadable');
  const state = await next(opened, 0);
  expect(state).toMatchObject({ phase: 'live', copied: 29, failed: 1, catchingUp: true });
  expect(opened.announced).not.toContain('caught_up');
  opened.mailbox.heal();
  expect(await next(opened, pace.minute)).toMatchObject({ copied: 30, failed: 0, catchingUp: undefined });
  expect(opened.announced.filter((type) => type === 'caught_up')).toHaveLength(1);
  await next(opened, pace.minute);
  expect(opened.announced.filter((type) => type === 'caught_up')).toHaveLength(1);
});

test('a mailbox catches up though one message cannot be copied for hours', async () => {
  const opened = open(30, backfilling);
  const [id = ''] = opened.mailbox.messages.keys();
  opened.mailbox.blemish(id, 'unreadable');
  for (let job = 1; job < 8; job += 1)
    expect(await next(opened, 2 * 3_600_000)).toMatchObject({ catchingUp: true });
  expect(await next(opened, 2 * 3_600_000)).toMatchObject({ copied: 29, failed: 1, catchingUp: undefined });
  expect(opened.announced).toContain('caught_up');
});
