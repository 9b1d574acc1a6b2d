import fc from 'fast-check';
import { expect, test } from 'vitest';
import { activeShare, GrantRate } from '../../../../lambdas/sync/dispatch/grant-rate.ts';

const [units, minute] = [1_080_000, 60_000];
const burst = units / 32;

interface Demand {
  /** When the tick begins to grant, and when the mailboxes are due, in milliseconds of its minute. */
  readonly from: number;
  readonly grants: readonly number[];
}

/** The grants of a few ticks, each made as early as the rate allows. */
function play(ticks: readonly Demand[]): { at: number; units: number }[] {
  return ticks.flatMap(({ from, grants }, number) => {
    const begin = number * minute;
    const rate = new GrantRate(units, minute, begin, 0);
    const granted: { at: number; units: number }[] = [];
    let now = begin + from;
    for (const portion of rate.portions(grants.map((each) => ({ units: each })))) {
      now = Math.max(now, rate.readyAt);
      if (now >= begin + minute * activeShare) break;
      const sum = portion.reduce((all, each) => all + each.units, 0);
      rate.count(sum, now);
      granted.push({ at: now, units: sum });
    }
    return granted;
  });
}

test('no minute, wherever it begins, gets more than the units of one tick and a burst or two', () => {
  const demand = fc.record({
    from: fc.integer({ min: 0, max: minute * activeShare }),
    grants: fc.array(fc.integer({ min: 2, max: 5_700 }), { maxLength: 1_000 }),
  });
  fc.assert(
    fc.property(fc.array(demand, { minLength: 2, maxLength: 4 }), (ticks) => {
      const granted = play(ticks);
      for (const { at } of granted) {
        const inMinute = granted.filter((other) => other.at >= at && other.at < at + minute);
        expect(inMinute.reduce((sum, each) => sum + each.units, 0)).toBeLessThanOrEqual(units + 3 * burst);
      }
    }),
  );
});

test('a tick can grant all units of a minute, the first of them at once', () => {
  const granted = play([{ from: 0, grants: Array.from({ length: 200 }, () => 5_400) }]);
  expect(granted[0]?.at).toBe(0);
  expect(granted.reduce((sum, each) => sum + each.units, 0)).toBe(units);
});

test('it begins later by the time that the unspent units of the tick before take', () => {
  const rate = new GrantRate(units, minute, 0, units / 2);
  expect(rate.readyAt).toBeCloseTo((minute * activeShare) / 2 - (minute * activeShare) / 32);
});
