import { describe, expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { quotaProfiles } from '../../../lambdas/google/quota-prices.ts';
import { type DispatchDependencies, dispatch } from '../../../lambdas/sync/dispatch.ts';
import type { DueMailbox, Spend } from '../../../lambdas/sync/mailbox-state.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { recordingQueue } from './recording-queue.ts';

const dueOf = (number: number, spends: readonly Spend[]): DueMailbox => ({
  accountId: `account-${number}`,
  generation: 'generation-1',
  nextDueAt: testStart,
  dueClass: 'changes',
  wants: 42,
  spends,
});

/** Runs one tick for these mailboxes, all of them live. */
function tick(due: readonly DueMailbox[], mailboxes: Partial<DispatchDependencies['mailboxes']> = {}) {
  const queue = recordingQueue();
  const added: { day: string; all: number }[] = [];
  const claimed: (readonly Spend[])[] = [];
  const released: DueMailbox[] = [];
  const run = (scheduledAt = testStart) =>
    dispatch(scheduledAt, {
      mailboxes: {
        listDue: async function* (dueClass, shard) {
          if (dueClass === 'changes' && shard === 0) yield due;
        },
        claim: async (_, __, ___, spends) => {
          claimed.push(spends);
          return true;
        },
        release: async (seen) => {
          released.push(seen);
          return true;
        },
        postpone: async () => true,
        ...mailboxes,
      },
      usage: {
        beginTick: async () => true,
        readDay: async () => ({ all: 0, backfill: 0 }),
        addToDay: async (day, { all }) => {
          added.push({ day, all });
        },
      },
      queue,
      quota: quotaProfiles['2026'],
      pace: { minute: 60_000, poll: 60_000, quietPoll: 300_000, verifyEvery: 604_800_000 },
      log: recordingLog(),
    });
  return { run, queue, added, claimed, released };
}

test('a claim that fails strands none of the others, and the day is accounted for', async () => {
  const due = Array.from({ length: 20 }, (_, number) => dueOf(number, [{ at: testStart, units: 2 }]));
  const { run, queue, added } = tick(due, {
    claim: async ({ accountId }) => {
      if (accountId === 'account-7') throw new Problem('storage_unavailable');
      return true;
    },
  });
  await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(queue.sent).toHaveLength(19);
  expect(added).toMatchObject([{ all: 38 }]);
});

describe('a claim', () => {
  const counted: Spend = { at: testStart - 59_999, units: 1, mark: 'counted' };
  const fresh: Spend = { at: testStart - 1, units: 10 };
  const over: Spend = { at: testStart - 60_000, units: 100 };
  const ofDeadJob: Spend = { at: testStart - 900_000, units: 1_000, mark: 'reserved' };
  const ofLostJob: Spend = { at: testStart - 30_000, units: 10_000, mark: 'reserved' };
  const reserved: Spend = { at: testStart, units: 42, mark: 'reserved' };

  test('counts in the day what no claim has counted yet', async () => {
    const { run, added } = tick([
      dueOf(1, [counted, fresh, over]),
      dueOf(2, [ofDeadJob]),
      dueOf(3, [counted]),
    ]);
    expect(await run()).toMatchObject({ dayUnits: 1_110, unitsGranted: 126 });
    expect(added).toMatchObject([{ all: 1_110 }]);
  });

  test('leaves to the row what the trailing minute holds, and what it grants itself', async () => {
    const { run, claimed } = tick([dueOf(1, [counted, fresh, over, ofDeadJob])]);
    await run();
    expect(claimed).toEqual([[counted, { ...fresh, mark: 'counted' }, reserved]]);
  });

  test('takes units for spent that were reserved within the minute, as before a new consent', async () => {
    const { run, claimed, added } = tick([dueOf(1, [ofLostJob])]);
    await run();
    expect(claimed).toEqual([[{ ...ofLostJob, mark: 'counted' }, reserved]]);
    expect(added).toMatchObject([{ all: 10_000 }]);
  });

  test('that is given back counts nothing, and leaves the spends as they were', async () => {
    const due = dueOf(1, [counted, fresh, over]);
    const { run, queue, added, released } = tick([due]);
    queue.takes = false;
    await run();
    expect(released).toEqual([due]);
    expect(added).toEqual([]);
  });

  test('that another dispatcher came before counts nothing', async () => {
    const { run, added } = tick([dueOf(1, [fresh])], { claim: async () => false });
    await run();
    expect(added).toEqual([]);
  });
});

test('units count in the day of the tick, which begins at midnight in California', async () => {
  const { run, added } = tick([dueOf(1, [{ at: 0, units: 1 }])]);
  await run(Date.parse('2026-11-22T07:59:00Z'));
  await run(Date.parse('2026-11-22T08:00:00Z'));
  expect(added).toEqual([
    { day: '2026-11-21', all: 1 },
    { day: '2026-11-22', all: 1 },
  ]);
});
