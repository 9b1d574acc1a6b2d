import { describe, expect, test } from 'vitest';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import type { Logger } from '../../lambdas/log.ts';
import { dispatch } from '../../lambdas/sync/dispatch/dispatch.ts';
import { newMailboxState } from '../../lambdas/sync/mailbox/connect.ts';
import type { MailboxState } from '../../lambdas/sync/mailbox/mailbox-state.ts';
import { totalUnits as unitsOfSpends } from '../../lambdas/sync/mailbox/quota-ledger.ts';
import { sweep } from '../../lambdas/sync/mailbox/sweep.ts';
import { runJob } from '../../lambdas/sync/run-job.ts';
import { recordingQueue } from '../lambdas/sync/recording-queue.ts';
import { unreadFeed } from '../support/doubles/memory-feed.ts';
import { endlessCopy, endlessGmail } from './endless-mailbox.ts';
import { FaultPlan } from './fault-plan.ts';
import { heapInUse } from './heap.ts';
import { LambdaProcess } from './lambda-process.ts';
import { MemoryTables } from './memory-stores.ts';
import { VirtualTime } from './virtual-time.ts';

const minute = 60_000;
const pace = { minute, poll: minute, quietPoll: 5 * minute, verifyEvery: 7 * 24 * 60 * minute };
const quota = quotaProfiles['2026'];
const log: Logger = { info: () => {}, warn: () => {}, error: () => {} };
const now = Date.UTC(2027, 0, 1);

describe('a tick', () => {
  /** What it reads when so many of all mailboxes are due. */
  async function readsOf(all: number, due: number) {
    const tables = new MemoryTables();
    for (let number = 0; number < all; number += 1) {
      const state = newMailboxState({ accountId: `${number}`, generation: 'one' }, now, quota);
      const nextDueAt = number < due ? now : now + minute;
      tables.set({ ...state, phase: 'live', dueClass: 'changes', wants: 42, nextDueAt });
    }
    const { mailboxes, usage } = tables.open(new LambdaProcess(new VirtualTime(now), new FaultPlan(), 0));
    const queue = recordingQueue();
    const { admitted } = await dispatch(now, { mailboxes, usage, queue, quota, pace, log });
    return { admitted, ...tables.reads };
  }

  test('reads what is due, however many mailboxes there are', async () => {
    const [small, large, busy] = [
      await readsOf(10_000, 1_000),
      await readsOf(100_000, 1_000),
      await readsOf(100_000, 2_000),
    ];
    expect(large).toEqual({ ...small, duePages: large.duePages });
    expect(large).toMatchObject({ admitted: 1_000, dueRows: 1_000, finds: 0, scans: 0 });
    expect(Math.abs(large.duePages - small.duePages)).toBeLessThanOrEqual(16);
    expect(busy).toMatchObject({ admitted: 2_000, dueRows: 2_000, finds: 0, scans: 0 });
  });
});

test('the units of a comparison grow with the mailbox, and not faster', async () => {
  /** Units of comparing a copy that is right. */
  async function totalUnits(size: number): Promise<number> {
    const key = { accountId: '101', generation: 'one' };
    const claim = { jobId: 'job', units: 1_000_000, claimedAt: now };
    let spent = 0;
    let found: unknown;
    await runJob(
      { kind: 'sync', ...key, jobId: 'job' },
      { endsAt: Number.POSITIVE_INFINITY },
      {
        mailboxes: {
          find: async () => ({
            ...newMailboxState(key, now, quota),
            ...{ historyId: '1000', phase: 'live', copied: size, verifyRequestedAt: now, claim },
          }),
          saveProgress: async (_, __, progress) => {
            if ('lastVerify' in progress) found = progress.lastVerify;
            return true;
          },
          finish: async (_, __, end) => {
            const { spends } = end(false);
            spent = unitsOfSpends(spends.filter(({ mark }) => mark === undefined));
            return true;
          },
          change: async () => false,
        },
        copy: endlessCopy(size, true),
        openGmail: async () => endlessGmail(size, () => {}),
        quota: { ...quota, unitsPerUserMinute: 1_000_000 },
        ...unreadFeed,
        pace,
        log,
        clock: () => now,
        sleep: async () => {},
      },
    );
    expect(found).toMatchObject({ missing: [], extra: [], mislabelled: [] });
    return spent;
  }

  const [small, large] = [await totalUnits(20_000), await totalUnits(200_000)];
  // All messages and one label, 500 a page, what a poll costs, and the profile.
  expect(small).toBe(2 * 40 * quota.prices.listMessages + 4);
  expect(large).toBe(2 * 400 * quota.prices.listMessages + 4);
});

test('a comparison whose lists do not fit one job goes on in the next, and ends', async () => {
  const key = { accountId: '101', generation: 'one' };
  const claim = { jobId: 'job', units: 1_000_000, claimedAt: now };
  let state: MailboxState = {
    ...newMailboxState(key, now, quota),
    ...{ historyId: '1000', phase: 'live', copied: 30_000, verifyRequestedAt: now, claim },
  };
  let clock = now;
  let jobs = 0;
  // 60 pages of half a second each: a job has time for some 24 of them.
  const gmail = endlessGmail(30_000, () => {
    clock += 500;
  });
  for (; state.lastVerify === undefined && jobs < 100; jobs++) {
    state = { ...state, spends: [] };
    clock += minute;
    await runJob(
      { kind: 'sync', ...key, jobId: 'job' },
      { endsAt: clock + 24_000 },
      {
        mailboxes: {
          find: async () => state,
          saveProgress: async (_, __, progress) => {
            state = { ...state, ...progress };
            return true;
          },
          finish: async (_, __, end) => {
            state = { ...state, ...end(false), claim };
            return true;
          },
          change: async () => false,
        },
        copy: endlessCopy(30_000, true),
        openGmail: async () => gmail,
        quota,
        ...unreadFeed,
        pace,
        log,
        clock: () => clock,
        sleep: async () => {},
      },
    );
  }
  expect(state.lastVerify).toMatchObject({ missing: [], extra: [], mislabelled: [] });
  expect(jobs).toBeGreaterThan(3);
});

test('the memory of a sweep does not grow with the installation', async () => {
  /** The most bytes of the heap that a sweep of so many mailboxes needs beside what was there before. */
  async function growthOf(mailboxes: number): Promise<number> {
    const before = heapInUse();
    let most = before;
    let pages = 0;
    const keys = async function* () {
      for (let first = 0; first < mailboxes; first += 500) {
        pages += 1;
        if (pages % 20 === 0) most = Math.max(most, heapInUse());
        yield Array.from({ length: 500 }, (_, index) => ({
          accountId: `1${String(first + index).padStart(20, '0')}`,
          generation: `generation of ${first + index}`,
        }));
      }
    };
    const generationOf = (accountId: string) => `generation of ${Number(accountId.slice(1))}`;
    await sweep(
      { endsAt: Number.POSITIVE_INFINITY },
      {
        mailboxes: {
          scan: async function* () {
            for await (const page of keys()) yield page.map((key) => ({ ...key, phase: 'live', failed: 0 }));
          },
          generationsOf: async (ids) => new Map(ids.map((id) => [id, generationOf(id)])),
          create: async () => false,
          find: async () => undefined,
          change: async () => false,
        },
        grants: {
          pages: async function* () {
            for await (const page of keys()) yield page.map((key) => ({ ...key, status: 'active' }));
          },
          findAll: async (ids) =>
            new Map(ids.map((id) => [id, { accountId: id, generation: generationOf(id), status: 'active' }])),
        },
        findGrant: async () => undefined,
        finishDisconnect: async () => false,
        queue: { send: async () => [] },
        progress: { find: async () => undefined, save: async () => {}, clear: async () => {} },
        quota,
        copying: true,
        metrics: () => {},
        log,
      },
    );
    return most - before;
  }

  await growthOf(10_000);
  const [small, large] = [await growthOf(10_000), await growthOf(200_000)];
  expect(large - small).toBeLessThan(4_000_000);
});

describe('the memory of a job', () => {
  /** The most bytes of the heap that one job needs beside what was there before. */
  async function growthOf(size: number, state: Partial<MailboxState>, isComplete: boolean): Promise<number> {
    const generous = { ...quota, unitsPerUserMinute: Number.MAX_SAFE_INTEGER };
    const key = { accountId: '101', generation: 'one' };
    const claim = { jobId: 'job', units: Number.MAX_SAFE_INTEGER, claimedAt: now };
    const held = { ...newMailboxState(key, now, generous), historyId: '1000', claim, ...state };
    let clock = now;
    let calls = 0;
    const before = heapInUse();
    let most = before;
    const gmail = endlessGmail(size, () => {
      clock += 300;
      calls += 1;
      if (calls % 50 === 1) most = Math.max(most, heapInUse());
    });
    await runJob(
      { kind: 'sync', ...key, jobId: 'job' },
      { endsAt: Number.POSITIVE_INFINITY },
      {
        mailboxes: {
          find: async () => held,
          saveProgress: async () => true,
          finish: async () => true,
          change: async () => false,
        },
        copy: endlessCopy(size, isComplete),
        openGmail: async () => gmail,
        quota: generous,
        ...unreadFeed,
        pace,
        log,
        clock: () => clock,
        sleep: async () => {},
      },
    );
    expect(calls).toBeGreaterThan(0);
    return most - before;
  }

  test('is flat in the size of the mailbox, for a backfill', async () => {
    await growthOf(1_000, {}, false);
    const [tenThousand, hundredThousand] = [
      await growthOf(10_000, {}, false),
      await growthOf(100_000, {}, false),
    ];
    expect(hundredThousand - tenThousand).toBeLessThan(4_000_000);
  });

  test('is flat in the size of the mailbox, for a comparison', async () => {
    const live = { phase: 'live', verifyRequestedAt: now } as const;
    const [group, five] = [
      await growthOf(20_000, { ...live, about: 20_000 }, true),
      await growthOf(100_000, { ...live, about: 100_000 }, true),
    ];
    expect(five - group).toBeLessThan(4_000_000);
  });
});
