import { describe, expect, test } from 'vitest';
import type { MailboxKey } from '../../../../lambdas/copied-message.ts';
import type { MailboxState, VerifyProgress } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { type ListFailed, syncStatus } from '../../../../lambdas/sync/mailbox/sync-status.ts';
import { testStart } from '../../../support/doubles/clock.ts';
import { mailbox, memoryMailboxes, stateOf } from '../memory-mailboxes.ts';

const minute = 60_000;
const now = testStart + 10 * minute;

const statusOf = (changes: Partial<MailboxState> = {}) =>
  syncStatus(mailbox, memoryMailboxes(stateOf(changes)), async () => [], now);

test('a live mailbox that waits for its next poll says no more than that', async () => {
  expect(await statusOf({ lastSyncAt: testStart, nextDueAt: now + minute, about: 40 })).toEqual({
    phase: 'live',
    copied: 40,
    about: 40,
    percent: 100,
    failures: 0,
    lastSync: '2026-11-01T00:00:00.000Z',
    nextSync: '2026-11-01T00:11:00.000Z',
  });
});

test.each([
  ['without a state', undefined],
  ['whose state is of another generation', stateOf({ generation: 'generation-2' })],
])('a mailbox %s has no status', async (_, state) => {
  const mailboxes = memoryMailboxes(...(state === undefined ? [] : [state]));
  expect(await syncStatus(mailbox, mailboxes, async () => [], now)).toBeUndefined();
});

describe('about how many messages there are in all', () => {
  test('is not said before Gmail was asked', async () => {
    expect(await statusOf({ phase: 'backfill', copied: 0 })).not.toHaveProperty('about');
  });

  test('is never fewer than were copied', async () => {
    expect(await statusOf({ copied: 40, about: 30 })).toMatchObject({ copied: 40, about: 40 });
  });
});

describe('the share of the backfill that is done', () => {
  test.each([
    ['nothing is known yet', {}, 0],
    ['nothing is copied yet', { copied: 0, about: 200 }, 0],
    ['some is copied, rounded down', { copied: 133, about: 200 }, 66],
    ['all that was guessed is copied, but the end was not seen', { copied: 200, about: 200 }, 99],
    ['more is copied than was guessed', { copied: 300, about: 200 }, 99],
    ['the mailbox is empty, but the end was not seen', { copied: 0, about: 0 }, 99],
  ])('when %s', async (_, changes, percent) => {
    expect(await statusOf({ phase: 'backfill', ...changes })).toMatchObject({ percent });
  });

  test('is the whole once the mailbox is live, whatever was guessed', async () => {
    expect(await statusOf({ copied: 40, about: 200 })).toMatchObject({ percent: 100 });
  });

  test('stays what it was while the mailbox is paused', async () => {
    expect(await statusOf({ phase: 'paused', dueClass: 'more', copied: 100, about: 200 })).toMatchObject({
      percent: 50,
    });
    expect(await statusOf({ phase: 'paused', dueClass: 'changes', copied: 198, about: 200 })).toMatchObject({
      percent: 100,
    });
  });
});

describe('how fast a backfill goes, and how long it still takes', () => {
  const backfillPace = { at: testStart, copied: 900, rate: 99.6 };
  const backfill = { phase: 'backfill' as const, connectedAt: testStart, about: 2_992, backfillPace };

  test('is messages a minute and seconds, by what its last jobs did', async () => {
    expect(await statusOf({ ...backfill, copied: 1_000 })).toMatchObject({ rate: 100, timeLeft: 1_200 });
  });

  test('is not long when all that was guessed is copied', async () => {
    expect(await statusOf({ ...backfill, copied: 3_500 })).toMatchObject({ rate: 100, timeLeft: 0 });
  });

  test.each([
    ['no job has ended yet', { backfillPace: undefined }],
    ['nothing was copied of late', { backfillPace: { ...backfillPace, rate: 0 } }],
    ['the number of messages is unknown', { about: undefined }],
    ['it is over', { phase: 'live' as const }],
    ['it is paused', { phase: 'paused' as const }],
  ])('is not said when %s', async (_, changes) => {
    const status = await statusOf({ ...backfill, copied: 1_000, ...changes });
    expect(status).not.toHaveProperty('rate');
    expect(status).not.toHaveProperty('timeLeft');
  });
});

describe('a pause', () => {
  test('says its reason, and promises no next sync', async () => {
    const status = await statusOf({ phase: 'paused', pausedBecause: 'grant_revoked' });
    expect(status).toMatchObject({ phase: 'paused', pausedBecause: 'grant_revoked' });
    expect(status).not.toHaveProperty('nextSync');
  });

  test('that is over says no reason any more', async () => {
    expect(await statusOf({ pausedBecause: 'grant_revoked' })).not.toHaveProperty('pausedBecause');
  });
});

test('the next sync of a mailbox on which a job works is now, not the end of its lease', async () => {
  const claim = { jobId: 'job-1', units: 5_700, claimedAt: testStart };
  expect(await statusOf({ claim, nextDueAt: now + 15 * minute })).toMatchObject({
    nextSync: '2026-11-01T00:10:00.000Z',
  });
});

test('what failed, what went wrong last and what it waits for are said', async () => {
  const lastError = { code: 'rate_limited', at: testStart };
  expect(await statusOf({ failed: 2, lastError, waitsFor: 'rate_limited' })).toMatchObject({
    failures: 2,
    lastError: { code: 'rate_limited', at: '2026-11-01T00:00:00.000Z' },
    waitsFor: 'rate_limited',
  });
});

describe('the messages that failed', () => {
  const asked: [MailboxKey, number][] = [];
  const listFailed: ListFailed = async (whose, most) => {
    asked.push([whose, most]);
    return [{ id: 'm1', reason: '400 failedPrecondition', attempts: 3, nextAttemptAt: now + minute }];
  };
  const failedOf = async (failed: number) => {
    const status = await syncStatus(mailbox, memoryMailboxes(stateOf({ failed })), listFailed, now);
    return status?.failed;
  };

  test('are named, twenty at the most', async () => {
    expect(await failedOf(30)).toEqual([
      {
        id: 'm1',
        reason: '400 failedPrecondition',
        attempts: 3,
        nextAttempt: '2026-11-01T00:11:00.000Z',
      },
    ]);
    expect(asked.splice(0)).toEqual([[expect.objectContaining(mailbox), 20]]);
  });

  test('are not looked for where there are none', async () => {
    expect(await failedOf(0)).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

describe('a comparison of copy and mailbox', () => {
  const found = { missing: ['m1'], extra: ['m2'], mislabelled: ['m3', 'm4'] };
  const running: VerifyProgress = {
    startedAt: testStart,
    because: 'requested',
    found: { missing: [], extra: [], mislabelled: [] },
  };

  test('that was asked for counts as running', async () => {
    expect(await statusOf({ verifyRequestedAt: testStart })).toMatchObject({ verify: { running: true } });
  });

  test('that runs says so', async () => {
    expect((await statusOf({ verify: running }))?.verify).toEqual({ running: true });
  });

  test('that is done says when, and names exactly what was wrong', async () => {
    const lastVerify = { ...found, at: testStart, because: 'requested' } as const;
    expect((await statusOf({ lastVerify }))?.verify).toEqual({
      running: false,
      at: '2026-11-01T00:00:00.000Z',
      ...found,
    });
  });

  test('that runs again shows the result of the one before', async () => {
    expect((await statusOf({ verify: running, lastVerify: { ...found, at: testStart } }))?.verify).toEqual({
      running: true,
      at: '2026-11-01T00:00:00.000Z',
      ...found,
    });
  });
});
