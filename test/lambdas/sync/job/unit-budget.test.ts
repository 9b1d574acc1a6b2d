import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BudgetSpent, createUnitBudget } from '../../../../lambdas/sync/job/unit-budget.ts';
import type { LedgerEntry } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { unitsForJobs } from '../../../../lambdas/sync/mailbox/quota-profile.ts';
import { type TestClock, testClock, testStart } from '../../../support/doubles/clock.ts';

const minute = 60_000;

function build({
  clock = testClock(),
  ...changes
}: Partial<Parameters<typeof createUnitBudget>[0]> & { clock?: TestClock } = {}) {
  const waits: number[] = [];
  const budget = createUnitBudget({
    grant: 100,
    limit: 100,
    past: [],
    minute,
    endsAt: testStart + 10 * minute,
    clock,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      clock.pass(milliseconds);
    },
    ...changes,
  });
  const spend = (units: number, milliseconds = 0) =>
    budget.spend(units, async () => {
      clock.pass(milliseconds);
    });
  return { budget, clock, waits, spend };
}

test('jobs may use 95 % of a mailbox’s minute; the rest is left to who lists', () => {
  expect(unitsForJobs({ unitsPerUserMinute: 6_000 })).toBe(5_700);
  expect(unitsForJobs({ unitsPerUserMinute: 15_000 })).toBe(14_250);
  expect(unitsForJobs({ unitsPerUserMinute: 1 })).toBe(0);
});

describe('the room for a call', () => {
  test('is what is asked for, where the grant and the minute hold it', async () => {
    const { budget, waits } = build();
    expect(await budget.room(20, 60)).toBe(60);
    expect(waits).toEqual([]);
  });

  test('is never more than is left of the grant', async () => {
    const { budget, spend } = build({ grant: 50 });
    expect(await budget.room(20, 60)).toBe(50);
    await spend(30);
    expect(await budget.room(20, 60)).toBe(20);
    await expect(budget.room(21, 60)).rejects.toBeInstanceOf(BudgetSpent);
  });

  test('is never more than the trailing minute leaves, other jobs’ units included', async () => {
    const { budget, spend } = build({ past: [{ at: testStart - 1, units: 30 }] });
    expect(await budget.room(20, 100)).toBe(70);
    await spend(10);
    expect(await budget.room(20, 100)).toBe(60);
  });

  test('is not there for a call that costs more than a whole minute holds', async () => {
    const { budget, waits } = build({ grant: 1_000 });
    await expect(budget.room(101, 101)).rejects.toBeInstanceOf(BudgetSpent);
    expect(waits).toEqual([]);
  });
});

describe('units come back', () => {
  test('a minute after they were spent, and not before', async () => {
    const past = [{ at: testStart - minute + 1, units: 30 }];
    const { budget, clock } = build({ past });
    expect(await budget.room(20, 100)).toBe(70);
    clock.pass(1);
    expect(await budget.room(20, 100)).toBe(100);
  });

  test('a minute after the call had ended: when Google counted it is unknown', async () => {
    const { budget, clock, spend } = build({ grant: 1_000 });
    await spend(80, 5_000);
    clock.pass(minute - 1);
    expect(await budget.room(20, 100)).toBe(20);
    clock.pass(1);
    expect(await budget.room(20, 100)).toBe(100);
  });

  test('not while the call is under way, however long it takes', async () => {
    const { budget, clock } = build({ grant: 1_000 });
    let end = () => {};
    const call = budget.spend(80, () => new Promise<void>((resolve) => (end = resolve)));
    clock.pass(3 * minute);
    expect(await budget.room(20, 100)).toBe(20);
    await expect(budget.room(21, 100)).rejects.toBeInstanceOf(BudgetSpent);
    end();
    await call;
  });

  test('never to the grant', async () => {
    const { budget, clock, spend } = build();
    await spend(90);
    clock.pass(2 * minute);
    expect(await budget.room(10, 100)).toBe(10);
  });

  test('no sooner when the call failed: it was charged all the same', async () => {
    const { budget } = build();
    const failure = new Error('It failed.');
    await expect(budget.spend(90, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(budget.spends()).toEqual([{ at: testStart, units: 90 }]);
    await expect(budget.room(20, 20)).rejects.toBeInstanceOf(BudgetSpent);
  });
});

describe('a wait for units', () => {
  const returning = (...after: readonly number[]): LedgerEntry[] =>
    after.map((milliseconds) => ({ at: testStart - minute + milliseconds, units: 40 }));

  test('lasts until just enough is back', async () => {
    const { budget, waits } = build({ past: returning(4_000, 2_000) });
    expect(await budget.room(50, 100)).toBe(60);
    expect(waits).toEqual([2_000]);
  });

  test('lasts for several spends where one does not suffice', async () => {
    const { budget, waits } = build({ past: returning(4_000, 2_000) });
    expect(await budget.room(61, 100)).toBe(100);
    expect(waits).toEqual([4_000]);
  });

  test('lasts a quarter of a minute at the most; a longer one is left to the next job', async () => {
    const { budget } = build({ past: returning(15_000, 15_000) });
    expect(await budget.room(50, 100)).toBe(100);
    const { budget: another, waits } = build({ past: returning(15_001, 15_001) });
    await expect(another.room(50, 100)).rejects.toBeInstanceOf(BudgetSpent);
    expect(waits).toEqual([]);
  });

  test('lasts no longer with others of the same job together', async () => {
    const { budget, waits } = build({ past: returning(10_000, 20_000) });
    expect(await budget.room(50, 100)).toBe(60);
    await expect(budget.room(61, 100)).rejects.toBeInstanceOf(BudgetSpent);
    expect(waits).toEqual([10_000]);
    const { budget: another } = build({ past: returning(10_000, 15_000) });
    await another.room(50, 100);
    expect(await another.room(61, 100)).toBe(100);
  });

  test('shrinks with the minute of a faster environment', async () => {
    const second = (at: number) => build({ minute: 1_000, past: [{ at: testStart - at, units: 90 }] });
    await expect(second(749).budget.room(50, 100)).rejects.toBeInstanceOf(BudgetSpent);
    const { budget, waits } = second(750);
    expect(await budget.room(50, 100)).toBe(100);
    expect(waits).toEqual([250]);
  });

  test('continues when the timer ends early: by the clock no unit is available yet', async () => {
    const clock = testClock();
    const waits: number[] = [];
    const sleep = async (milliseconds: number) => {
      waits.push(milliseconds);
      clock.pass(waits.length === 1 ? milliseconds - 1 : milliseconds);
    };
    const { budget } = build({ clock, sleep, past: returning(2_000, 2_000) });
    expect(await budget.room(50, 100)).toBe(100);
    expect(waits).toEqual([2_000, 1]);
  });

  test('is not begun when the job would be over by then', async () => {
    const past = returning(4_000, 4_000);
    const { budget, waits } = build({ past, endsAt: testStart + 4_000 });
    await expect(budget.room(50, 100)).rejects.toBeInstanceOf(BudgetSpent);
    expect(waits).toEqual([]);
    expect(await build({ past, endsAt: testStart + 4_001 }).budget.room(50, 100)).toBe(100);
  });
});

test('after the end of its time a job begins nothing, whatever units it has left', async () => {
  const { budget, clock } = build({ endsAt: testStart + 1_000 });
  clock.pass(999);
  expect(await budget.room(1, 1)).toBe(1);
  clock.pass(1);
  await expect(budget.room(1, 1)).rejects.toBeInstanceOf(BudgetSpent);
});

describe('what is written down of the units', () => {
  const counted = { mark: 'counted' } as const;

  test('leaves out what has come back and is counted in its day', async () => {
    const { budget, clock, spend } = build({ past: [{ at: testStart - 30_000, units: 5, ...counted }] });
    await spend(7);
    expect(budget.spends()).toEqual([
      { at: testStart - 30_000, units: 5, ...counted },
      { at: testStart, units: 7 },
    ]);
    clock.pass(30_000);
    expect(budget.spends()).toEqual([{ at: testStart, units: 7 }]);
  });

  test('holds in one entry what has come back before its day counted it', async () => {
    const { budget, clock, spend } = build({ grant: 1_000 });
    for (let call = 0; call < 5; call++) {
      clock.pass(30_000);
      await spend(10);
    }
    expect(budget.spends()).toEqual([
      { at: testStart + 120_000, units: 10 },
      { at: testStart + 150_000, units: 10 },
      { at: testStart + 90_000, units: 30 },
    ]);
  });

  test('keeps apart what is counted and what is not, even of the same moment', async () => {
    const { budget, spend } = build({ past: [{ at: testStart, units: 5, ...counted }] });
    await spend(7);
    expect(budget.spends()).toEqual([
      { at: testStart, units: 5, ...counted },
      { at: testStart, units: 7 },
    ]);
  });

  test('has a row for a second at the most, at its latest moment: nothing comes back early', async () => {
    const { budget, clock, spend } = build();
    for (let call = 0; call < 90; call++) {
      clock.pass(100);
      await spend(1);
    }
    const spends = budget.spends();
    expect(spends.length).toBeLessThanOrEqual(10);
    expect(spends.reduce((sum, { units }) => sum + units, 0)).toBe(90);
    expect(spends[0]).toEqual({ at: testStart + 1_000, units: 10 });
  });
});

test('whatever jobs do, one after the other, no minute ever holds more than its limit', async () => {
  const call = fc.record({
    least: fc.integer({ min: 1, max: 60 }),
    more: fc.integer({ min: 0, max: 60 }),
    pause: fc.integer({ min: 0, max: 20_000 }),
    duration: fc.integer({ min: 0, max: 15_000 }),
    /** When Google counts it, between its beginning and its end. */
    counted: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const job = fc.record({
    pause: fc.integer({ min: 0, max: 70_000 }),
    grant: fc.integer({ min: 0, max: 300 }),
    calls: fc.array(call, { maxLength: 12 }),
  });
  const happened = { calls: 0, waits: 0, refusals: 0, full: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(job, { minLength: 1, maxLength: 5 }), async (jobs) => {
      const clock = testClock();
      const counts: { at: number; units: number }[] = [];
      let past: readonly LedgerEntry[] = [];
      for (const { pause, grant, calls } of jobs) {
        clock.pass(pause);
        const { budget, waits } = build({ clock, grant, past, endsAt: Number.POSITIVE_INFINITY });
        let granted = 0;
        for (const { least, more, pause: between, duration, counted } of calls) {
          clock.pass(between);
          try {
            const room = await budget.room(least, least + more);
            expect(room).toBeGreaterThanOrEqual(least);
            expect(room).toBeLessThanOrEqual(least + more);
            granted += room;
            counts.push({ at: clock() + counted * duration, units: room });
            await budget.spend(room, async () => clock.pass(duration));
            happened.calls += 1;
          } catch (error) {
            if (!(error instanceof BudgetSpent)) throw error;
            happened.refusals += 1;
          }
        }
        expect(granted).toBeLessThanOrEqual(grant);
        happened.waits += waits.length;
        past = budget.spends();
      }
      for (const { at: begin } of counts) {
        const inWindow = counts.filter(({ at }) => at >= begin && at < begin + minute);
        const units = inWindow.reduce((sum, count) => sum + count.units, 0);
        expect(units).toBeLessThanOrEqual(100);
        if (units === 100) happened.full += 1;
      }
    }),
    { numRuns: 500 },
  );
  for (const count of Object.values(happened)) expect(count).toBeGreaterThan(0);
});

describe('a call that is made again with a new access token', () => {
  test('is charged again before', async () => {
    const { budget } = build();
    await budget.spend(40, () => budget.chargeAgain());
    expect(budget.spends()).toEqual([{ at: testStart, units: 80 }]);
    await expect(budget.room(30, 30)).rejects.toThrow(BudgetSpent);
  });

  test('is not made again where the job cannot pay for it', async () => {
    const { budget } = build();
    await expect(budget.spend(60, () => budget.chargeAgain())).rejects.toThrow(BudgetSpent);
    expect(budget.spends()).toEqual([{ at: testStart, units: 60 }]);
  });
});
