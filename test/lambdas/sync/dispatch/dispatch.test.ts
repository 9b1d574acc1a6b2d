import { describe, expect, test } from 'vitest';
import { Problem } from '../../../../lambdas/errors.ts';
import { quotaProfiles } from '../../../../lambdas/google/quota-prices.ts';
import { type DispatchDependencies, dispatch } from '../../../../lambdas/sync/dispatch/dispatch.ts';
import type { TickUsage } from '../../../../lambdas/sync/dispatch/usage.ts';
import type { DueMailbox, LedgerEntry } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { testStart } from '../../../support/doubles/clock.ts';
import { recordingLog } from '../../../support/doubles/recording-log.ts';
import { recordingQueue } from '../recording-queue.ts';

const minute = 60_000;

const dueOf = (number: number, spends: readonly LedgerEntry[]): DueMailbox => ({
  accountId: `account-${number}`,
  generation: 'generation-1',
  nextDueAt: testStart,
  dueClass: 'changes',
  wants: 42,
  spends,
});

/** Runs one tick for these mailboxes, all of them live. */
function tick(
  due: readonly DueMailbox[],
  mailboxes: Partial<DispatchDependencies['mailboxes']> = {},
  dailyUnits?: number,
  quietPoll = 5 * minute,
  late = 0,
  afterWrite = () => {},
  slowedUntil = 0,
  past: readonly TickUsage[] = [],
) {
  const postponed: DueMailbox[] = [];
  const queue = recordingQueue();
  const added: { day: string; all: number }[] = [];
  const claimed: (readonly LedgerEntry[])[] = [];
  const leases: number[] = [];
  const remembered: (TickUsage | undefined)[] = [];
  const released: DueMailbox[] = [];
  const begun = new Set<number>();
  let slept = 0;
  const run = (
    scheduledAt = testStart,
    clock = () => scheduledAt + late + slept,
    sleep = async (milliseconds: number) => {
      slept += milliseconds;
    },
  ) =>
    dispatch(scheduledAt, {
      mailboxes: {
        listDue: async function* (dueClass, shard) {
          if (dueClass === 'changes' && shard === 0) yield due;
        },
        claim: async (_, __, leaseEnd, spends) => {
          claimed.push(spends);
          leases.push(leaseEnd - scheduledAt);
          return {};
        },
        release: async (seen) => {
          released.push(seen);
          return true;
        },
        postpone: async (seen) => {
          postponed.push(seen);
          return true;
        },
        ...mailboxes,
      },
      usage: {
        beginTick: async (at) => begun.size < begun.add(at).size,
        readTicks: async () => past,
        writeTicks: async (ticks) => {
          remembered.push(ticks.at(-1));
        },
        readDay: async () => ({ all: 0, backfill: 0 }),
        addToDay: async (day, { all }) => {
          added.push({ day, all });
          afterWrite();
        },
        slowedUntil: async () => slowedUntil,
      },
      queue,
      quota: quotaProfiles['2026'],
      dailyUnits,
      pace: { minute: 60_000, poll: 60_000, quietPoll, verifyEvery: 604_800_000 },
      log: recordingLog(),
      sleep,
      clock,
    });
  const inDay = () => added.reduce((sum, { all }) => sum + all, 0);
  return { run, queue, added, inDay, claimed, leases, released, postponed, remembered };
}

test('a claim that fails strands none of the others, and the day is accounted for', async () => {
  const due = Array.from({ length: 20 }, (_, number) => dueOf(number, [{ at: testStart, units: 2 }]));
  const { run, queue, inDay } = tick(due, {
    claim: async ({ accountId }) => {
      if (accountId === 'account-7') throw new Problem('storage_unavailable');
      return {};
    },
  });
  await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(queue.sent).toHaveLength(19);
  // The one that failed may have been written: it counts.
  expect(inDay()).toBe(20 * (2 + 42));
});

test.each([
  ['admits nothing until Google takes the whole project back', 1, 0],
  ['continues when Google serves the project again', 0, 1],
])('a tick %s', async (_, refused, admitted) => {
  const due = [dueOf(1, [])];
  const { run } = tick(due, {}, undefined, undefined, 0, () => {}, testStart + refused);
  expect(await run()).toMatchObject({ admitted });
});

test('a dispatcher that is stopped half-way has counted what it claimed', async () => {
  const due = Array.from({ length: 120 }, (_, number) => dueOf(number, [{ at: testStart - 1, units: 100 }]));
  const stopped = Promise.withResolvers<void>();
  let claims = 0;
  const { run, inDay } = tick(due, {
    claim: async () => {
      claims += 1;
      if (claims === 120) stopped.resolve();
      return claims <= 100 ? {} : new Promise<object>(() => {});
    },
  });
  void run();
  await stopped.promise;
  expect(inDay()).toBe(120 * (100 + 42));
});

test.each<[string, number, number, number]>([
  ['a poll: until the next one is due', 42, 5 * minute, 5 * minute],
  ['a poll, where polls are rare: a quarter of an hour', 42, 60 * minute, 15 * minute],
  ['a poll, where polls are frequent: a quarter of an hour', 42, minute, 15 * minute],
  ['a job that may take longer: a quarter of an hour', 5_700, 5 * minute, 15 * minute],
])('a claim lasts for %s', async (_, wants, quietPoll, lease) => {
  const { run, leases } = tick([{ ...dueOf(1, []), wants }], {}, undefined, quietPoll);
  await run();
  expect(leases).toEqual([lease]);
});

test('the claim of a job that is no poll lasts a quarter of an hour, however little it wants', async () => {
  const backfill: DueMailbox = { ...dueOf(1, []), dueClass: 'more' };
  const { run, leases } = tick([], {
    listDue: async function* (dueClass, shard) {
      if (dueClass === 'more' && shard === 0) yield [backfill];
    },
  });
  await run();
  expect(leases).toEqual([15 * minute]);
});

test.each([
  ['a little late', minute / 2, 5 * minute],
  ['started in the rest at the end of its minute', 0.95 * minute, 5 * minute],
  ['so late that the next one has come', minute, 15 * minute],
  ['later than a poll may wait', 6 * minute, 15 * minute],
])('a tick that is %s gives a poll time enough', async (_, late, lease) => {
  const { run, leases } = tick([dueOf(1, [])], {}, undefined, 5 * minute, late);
  await run();
  expect(leases).toEqual([lease]);
});

describe('the lag is how late the most overdue is', () => {
  const late = { ...dueOf(1, []), nextDueAt: testStart - 20 * minute };

  test('that is admitted', async () => {
    const { run } = tick([late, dueOf(2, [])]);
    expect(await run()).toMatchObject({ admitted: 2, lag: 20 * minute });
  });

  test('whose job the queue does not take', async () => {
    const { run, queue } = tick([late]);
    queue.takes = false;
    expect(await run()).toMatchObject({ admitted: 0, lag: 20 * minute });
  });

  test('for which changes leave no units of the minute', async () => {
    const many = Array.from({ length: 300 }, (_, number) => ({ ...dueOf(number, []), wants: 5_700 }));
    const { run } = tick([], {
      listDue: async function* (dueClass, shard) {
        if (shard === 0 && dueClass === 'changes') yield many;
        if (shard === 0 && dueClass === 'first') yield [{ ...late, dueClass }];
      },
    });
    const { admitted, lag } = await run();
    expect(admitted).toBeLessThan(300);
    expect(lag).toBe(20 * minute);
  });
});

describe('while the workers are behind', () => {
  const past = (...minutesAgo: number[]): TickUsage[] =>
    minutesAgo.map((minutes) => ({
      at: testStart - minutes * minute,
      jobs: 100,
      units: 4_200,
    }));
  const behind = (waiting: number, ticks: readonly TickUsage[]) => {
    const opened = tick([dueOf(1, [])], {}, undefined, undefined, 0, () => {}, 0, ticks);
    opened.queue.holds = { waiting, inFlight: 0 };
    return opened.run();
  };

  test('nothing is admitted: the queue holds more than the last ticks have sent', async () => {
    expect(await behind(321, past(4, 3, 2, 1))).toMatchObject({ admitted: 0, queueBehind: 321 });
    expect(await behind(220, past(4, 3, 2, 1))).toMatchObject({ admitted: 1, queueBehind: 0 });
  });

  test('messages that wait for reasons of their own delay no mailbox', async () => {
    expect(await behind(20, [])).toMatchObject({ admitted: 1 });
    expect(await behind(21, [])).toMatchObject({ admitted: 0 });
  });

  test('nothing is admitted where the queue does not answer', async () => {
    const opened = tick([dueOf(1, [])]);
    opened.queue.holds = undefined;
    expect(await opened.run()).toMatchObject({ admitted: 0 });
  });

  test('what their jobs may still spend is not granted again', async () => {
    const wants = 5_700;
    const many = Array.from({ length: 300 }, (_, number) => ({ ...dueOf(number, []), wants }));
    const last = { at: testStart - minute, jobs: 100, units: 600_000 };
    const opened = tick(many, {}, undefined, undefined, 0, () => {}, 0, [last]);
    opened.queue.holds = { waiting: 40, inFlight: 10 };
    expect((await opened.run()).unitsGranted).toBe(1_080_000 - 300_000);
    expect(opened.remembered.at(-1)).toMatchObject({ at: testStart, units: 780_000 });
  });

  test.each([
    ['a tick was missed', [2], { waiting: 40, inFlight: 10 }, 300_000],
    ['they have jobs of several ticks', [2, 1], { waiting: 130, inFlight: 20 }, 900_000],
  ])(
    'what their jobs may still spend is not granted again though %s',
    async (_, minutesAgo, holds, undone) => {
      const many = Array.from({ length: 300 }, (_, number) => ({ ...dueOf(number, []), wants: 5_700 }));
      const ticks = past(...minutesAgo).map((each) => ({ ...each, units: 600_000 }));
      const opened = tick(many, {}, undefined, undefined, 0, () => {}, 0, ticks);
      opened.queue.holds = holds;
      expect((await opened.run()).unitsGranted).toBe(1_080_000 - undone);
    },
  );
});

test('a crowded tick admits mailboxes again once their polls have found news', async () => {
  const polls = Array.from({ length: 20_000 }, (_, number) => dueOf(number, []));
  const found = { ...dueOf(1, []), wants: 102 };
  let listings = 0;
  const { run, remembered } = tick([], {
    listDue: async function* (dueClass, shard) {
      if (dueClass !== 'changes' || shard !== 0) return;
      listings += 1;
      if (listings === 1) yield polls;
      if (listings === 4) yield [found];
    },
  });
  expect(await run()).toMatchObject({ admitted: 20_001 });
  expect(remembered).toMatchObject([{ jobs: 20_000 }, { jobs: 20_001 }]);
});

test('a tick ends in time though jobs that want much are due at its end', async () => {
  let now = testStart;
  const backfills = Array.from({ length: 50 }, (_, number) => ({ ...dueOf(number, []), wants: 5_700 }));
  const { run, inDay } = tick([], {
    listDue: async function* (dueClass, shard) {
      if (dueClass !== 'more' || shard !== 0) return;
      // The table answers late.
      now += 49_000;
      yield backfills.map((due) => ({ ...due, dueClass }));
    },
  });
  const sleep = async (milliseconds: number) => {
    now += milliseconds;
  };
  const { unitsGranted } = await run(testStart, () => now, sleep);
  expect(now - testStart).toBeLessThanOrEqual(51_000);
  expect(unitsGranted).toBeGreaterThan(0);
  expect(inDay()).toBe(unitsGranted);
});

test('a tick that fails has left to the next ones what it had granted', async () => {
  const due = Array.from({ length: 120 }, (_, number) => dueOf(number, []));
  const { run, remembered } = tick(due, {
    claim: async ({ accountId }) => {
      if (accountId === 'account-107') throw new Problem('storage_unavailable');
      return {};
    },
  });
  await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(remembered).toMatchObject([{ at: testStart, jobs: 119 }]);
});

test('a tick ends in time, whatever is due', async () => {
  let now = testStart;
  const many = Array.from({ length: 10_000 }, (_, number) => dueOf(number, []));
  const opened = tick(many, {
    claim: async () => {
      now += 10;
      return {};
    },
  });
  const { admitted } = await opened.run(testStart, () => now);
  expect(admitted).toBeGreaterThan(2_000);
  expect(now - testStart).toBeLessThan(52_000);
});

describe('ticks that the scheduler starts late', () => {
  const wants = 5_700;
  const many = Array.from({ length: 1_000 }, (_, number) => ({ ...dueOf(number, []), wants }));

  /** Runs ticks one after the other, each so late, and returns what they granted, and when. */
  async function grantsOf(lateness: readonly number[]): Promise<{ at: number; units: number }[]> {
    let now = testStart;
    const granted: { at: number; units: number }[] = [];
    const claim: DispatchDependencies['mailboxes']['claim'] = async (_, { units }) => {
      granted.push({ at: now, units });
      return {};
    };
    const { run } = tick(many, { claim });
    for (const [number, late] of lateness.entries()) {
      const scheduledAt = testStart + number * minute;
      now = Math.max(now, scheduledAt + late);
      await run(
        scheduledAt,
        () => now,
        async (milliseconds) => {
          now += milliseconds;
        },
      );
    }
    return granted;
  }

  test.each([
    ['by half a minute', [30_000, 0, 0]],
    ['by more than a minute, so that two come together', [70_000, 20_000, 0]],
    ['by some minutes, so that four come together', [185_000, 125_000, 65_000, 5_000, 0]],
  ])('%s grant no more than a minute’s units in any minute', async (_, lateness) => {
    const granted = await grantsOf(lateness);
    const fullest = granted.map(({ at }) =>
      granted
        .filter((other) => other.at >= at && other.at < at + minute)
        .reduce((sum, { units }) => sum + units, 0),
    );
    expect(Math.max(...fullest)).toBeLessThan(1_200_000);
    expect(Math.max(...fullest)).toBeGreaterThan(1_000_000);
  });
});

test('a mailbox for which the day has no units is due again in a quarter of an hour', async () => {
  const later: number[] = [];
  const postpone = async (_: DueMailbox, nextDueAt: number) => {
    later.push(nextDueAt);
    return true;
  };
  await tick([dueOf(1, [])], { postpone }, 10).run();
  expect(later).toEqual([testStart + 15 * minute]);
});

describe('the units of the day', () => {
  test('are not granted beyond what is left of them', async () => {
    const due = Array.from({ length: 5 }, (_, number) => ({ ...dueOf(number, []), wants: 1_000 }));
    const { run, inDay, postponed } = tick(due, {}, 2_500);
    expect(await run()).toMatchObject({ admitted: 3, unitsGranted: 2_500, postponed: 2, dayUnits: 2_500 });
    expect(inDay()).toBe(2_500);
    expect(postponed).toEqual(due.slice(3));
  });

  test('are not granted in morsels with which nothing can be done', async () => {
    const due = [1, 2].map((number) => ({ ...dueOf(number, []), wants: 1_000 }));
    expect(await tick(due, {}, 1_041).run()).toMatchObject({ admitted: 1, postponed: 1 });
  });

  test('pay first for what was spent already', async () => {
    const { run } = tick([dueOf(1, [{ at: testStart - 1, units: 100 }])], {}, 141);
    expect(await run()).toMatchObject({ admitted: 0, postponed: 1 });
  });
});

describe('a claim', () => {
  const counted: LedgerEntry = { at: testStart - 59_999, units: 1, mark: 'counted' };
  const fresh: LedgerEntry = { at: testStart - 1, units: 10 };
  const over: LedgerEntry = { at: testStart - 60_000, units: 100 };
  const granted: LedgerEntry = { at: testStart - 60_000, units: 42, mark: 'granted' };
  const ofDeadJob: LedgerEntry = { at: testStart - 900_000, units: 1_000, mark: 'reserved' };
  const ofLostJob: LedgerEntry = { at: testStart - 30_000, units: 10_000, mark: 'reserved' };
  const reserved: LedgerEntry = { at: testStart, units: 42, mark: 'reserved' };

  test('counts in the day its grant, and in place of the last one what was spent of it', async () => {
    const { run, inDay } = tick([
      dueOf(1, [counted, fresh, over, granted]),
      // The day holds the grant of a job that died since its claim.
      dueOf(2, [ofDeadJob]),
      dueOf(3, [counted, granted]),
    ]);
    expect(await run()).toMatchObject({ dayUnits: 110 - 2 * 42 + 126, unitsGranted: 126 });
    expect(inDay()).toBe(110 - 2 * 42 + 126);
  });

  test('leaves to the row what the trailing minute holds, and what it grants itself', async () => {
    const { run, claimed } = tick([dueOf(1, [counted, fresh, over, ofDeadJob, granted])]);
    await run();
    expect(claimed).toEqual([[counted, { ...fresh, mark: 'counted' }, reserved]]);
  });

  test('takes units for spent that were reserved within the minute, as before a new consent', async () => {
    const { run, claimed } = tick([dueOf(1, [ofLostJob])]);
    await run();
    expect(claimed).toEqual([[{ ...ofLostJob, mark: 'counted' }, reserved]]);
  });

  test('that is given back counts nothing, and leaves the spends as they were', async () => {
    const due = dueOf(1, [counted, fresh, over, granted]);
    const { run, queue, inDay, released } = tick([due]);
    queue.takes = false;
    await run();
    expect(released).toEqual([due]);
    expect(inDay()).toBe(0);
  });

  test('of a poll that found nothing come back with the next claim', async () => {
    const reserved: LedgerEntry = { at: testStart - 5 * minute, units: 42, mark: 'reserved' };
    const quietPoll = { claimedAt: reserved.at, at: reserved.at + 3_000, units: 2 };
    const claim = async () => ({ quietPoll });
    const { run, queue, inDay } = tick([dueOf(1, [reserved])], { claim });
    await run();
    expect(inDay()).toBe(42 - 40);
    queue.takes = false;
    await run(testStart + minute);
    // Given back and taken again.
    expect(inDay()).toBe(42 - 40);
  });

  test('of a poll that died stay, whatever an earlier one found', async () => {
    const reserved: LedgerEntry = { at: testStart - 5 * minute, units: 42, mark: 'reserved' };
    const quietPoll = { claimedAt: testStart - 10 * minute, at: testStart - 10 * minute, units: 2 };
    const { run, inDay } = tick([dueOf(1, [reserved])], { claim: async () => ({ quietPoll }) });
    await run();
    expect(inDay()).toBe(42);
  });

  test('that another dispatcher came before counts nothing', async () => {
    const due = [dueOf(1, [fresh, granted]), dueOf(2, [fresh])];
    const { run, inDay } = tick(due, { claim: async () => undefined });
    await run();
    expect(inDay()).toBe(0);
  });

  test('that may have been released refunds the day nothing that the next one refunds too', async () => {
    const lost = async () => {
      throw new Problem('storage_unavailable');
    };
    const { run, queue, inDay } = tick([dueOf(1, [fresh, { ...granted, units: 500 }])], { release: lost });
    queue.takes = false;
    await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(inDay()).toBe(42);
  });

  test('that the queue did not take, and a pause has taken meanwhile, counts as that of a job that died', async () => {
    const { run, queue, inDay } = tick([dueOf(1, [fresh])], { release: async () => false });
    queue.takes = false;
    await run();
    expect(inDay()).toBe(10 + 42);
  });
});

test.each<[string, LedgerEntry['mark']]>([
  ['a poll that found nothing', 'reserved'],
  ['another job', 'granted'],
])('the new day gets nothing back of what the old one granted to %s', async (_, mark) => {
  const midnight = Date.parse('2026-11-22T08:00:00Z');
  const last: LedgerEntry = { at: midnight - minute, units: 42, mark };
  const quietPoll = mark === 'reserved' ? { claimedAt: last.at, at: last.at, units: 2 } : undefined;
  const { run, queue, added } = tick([dueOf(1, [last])], { claim: async () => ({ quietPoll }) });
  await run(midnight);
  expect(added).toEqual([{ day: '2026-11-22', all: 42 }]);
  queue.takes = false;
  await run(midnight + minute);
  expect(added.slice(1).reduce((sum, { all }) => sum + all, 0)).toBe(0);
});

test('a day gets back what it granted itself, though the minute holds spends of the day before', async () => {
  const midnight = Date.parse('2026-11-22T08:00:00Z');
  const spends: readonly LedgerEntry[] = [
    { at: midnight - 1, units: 3, mark: 'counted' },
    { at: midnight, units: 40, mark: 'granted' },
  ];
  const { run, inDay } = tick([dueOf(1, spends)]);
  await run(midnight + minute);
  expect(inDay()).toBe(42 - 40);
});

test('what the day has back it has back once, though the answer to that is lost', async () => {
  const idle = dueOf(1, [{ at: testStart - minute, units: 1_000, mark: 'granted' }]);
  // The first chunk gives back what the next one's charge then brings along.
  const due = [...Array.from({ length: 50 }, () => idle), dueOf(51, [])];
  let writes = 0;
  const { run, inDay } = tick(due, {}, undefined, undefined, undefined, () => {
    writes += 1;
    if (writes === 2) throw new Problem('storage_unavailable');
  });
  await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(inDay()).toBe(50 * 42 - 50 * 1_000 + 42);
});

test('units count in the day of the tick, which begins at midnight in California', async () => {
  const { run, added } = tick([dueOf(1, [{ at: 0, units: 1 }])]);
  await run(Date.parse('2026-11-22T07:59:00Z'));
  await run(Date.parse('2026-11-22T08:00:00Z'));
  expect(added).toEqual([
    { day: '2026-11-21', all: 43 },
    { day: '2026-11-22', all: 43 },
  ]);
});
