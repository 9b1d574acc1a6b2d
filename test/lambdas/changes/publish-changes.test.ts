import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../../lambdas/changes/change.ts';
import { positionOf } from '../../../lambdas/changes/position.ts';
import { type BusEvent, busLimits, publishChanges } from '../../../lambdas/changes/publish-changes.ts';
import { Problem } from '../../../lambdas/errors.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { MemoryFeed } from '../../support/doubles/memory-feed.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { changeAt, changedMessages } from './changes.ts';

const settle = 15_000;
const minute = 60_000;

/** What becomes of the entries of one call: whether each is taken, and whether its sender is told. */
type Fate = (events: readonly BusEvent[]) => readonly ('taken' | 'refused' | 'taken untold')[];

const takeAll: Fate = (events) => events.map(() => 'taken');

/** A publisher over these changes, told a minute ago, and a bus. */
function open(changes: readonly Change[] = [], fate: Fate = takeAll) {
  const feed = new MemoryFeed();
  for (const change of changes) void feed.append(change);
  const clock = testClock();
  clock.pass(minute);
  const log = recordingLog();
  const calls: BusEvent[][] = [];
  const arrived: string[] = [];
  const bus = {
    fate,
    put: async (events: readonly BusEvent[]) => {
      calls.push([...events]);
      clock.pass(20);
      const fates = bus.fate(events);
      for (const [index, event] of events.entries()) {
        if (fates[index] !== 'refused') arrived.push(idOf(JSON.parse(event.detail)));
      }
      return [...events.keys()].filter((index) => fates[index] !== 'taken');
    },
  };
  const run = (milliseconds = 45_000, published = feed.published) =>
    publishChanges(
      { endsAt: clock() + milliseconds },
      { feed, published, bus, times: { settle }, log, clock, sleep: async (pause) => clock.pass(pause) },
    );
  return { feed, clock, log, calls, arrived, bus, run };
}

const idOf = ({ sequence, accountId }: Pick<Change, 'sequence' | 'accountId'>) =>
  positionOf({ sequence, accountId });

/** `count` changes, by turns of so many accounts. */
function changesOf(count: number, accounts: number): Change[] {
  return Array.from({ length: count }, (_, index) =>
    changeAt(testStart + index, { accountId: `account-${index % accounts}` }),
  );
}

/** The accounts’ changes, each when it came first. */
function firstsByAccount(arrived: readonly string[]): Map<string, string[]> {
  return Map.groupBy(new Set(arrived), (position) => position.split('#')[1] ?? '');
}

test('every change is told to the bus once, as the API shows it, and no earlier than it is settled', async () => {
  const messages = changedMessages(2);
  const change = changeAt(testStart, { owner: 'tenant', type: 'added', messages });
  const { run, calls, feed, clock } = open([change, changeAt(testStart + minute - 1_000)]);
  expect(await run()).toEqual({ published: 1, lag: 0, failures: [] });
  expect(calls).toHaveLength(1);
  const [event] = calls[0] ?? [];
  expect(event).toMatchObject({ detailType: 'added', time: testStart });
  expect(JSON.parse(event?.detail ?? '')).toEqual({
    sequence: change.sequence,
    at: '2026-11-01T00:00:00.000Z',
    accountId: 'account-1',
    generation: 'generation-1',
    owner: 'tenant',
    type: 'added',
    messages,
  });
  clock.pass(settle);
  await feed.append(changeAt(clock() - settle - 1));
  expect(await run()).toMatchObject({ published: 2 });
  expect(await run()).toMatchObject({ published: 0 });
});

test('a call has ten changes at the most, each of another account', async () => {
  const { run, calls, arrived } = open(changesOf(200, 40));
  expect(await run()).toMatchObject({ published: 200 });
  expect(arrived).toHaveLength(200);
  for (const call of calls) {
    const accounts = call.map(({ detail }) => JSON.parse(detail).accountId);
    expect(new Set(accounts).size).toBe(accounts.length);
    expect(accounts.length).toBeLessThanOrEqual(10);
  }
  expect(calls.some((call) => call.length === 10)).toBe(true);
});

test('changes of different accounts are put side by side', async () => {
  // All of one part of the feed.
  const changes = Array.from({ length: 30 }, (_, index) =>
    changeAt(testStart + index, { accountId: 'a'.repeat(4 * index + 1) }),
  );
  const { run, bus } = open(changes);
  const { put } = bus;
  let underWay = 0;
  let most = 0;
  bus.put = async (events) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await Promise.resolve();
    underWay -= 1;
    return put(events);
  };
  expect(await run()).toMatchObject({ published: 30 });
  expect(most).toBe(3);
});

test('a call is never longer than a bus takes', async () => {
  const long = Array.from({ length: 12 }, (_, index) =>
    changeAt(testStart + index, {
      accountId: `account-${index * 4}`,
      type: 'deleted',
      messageIds: Array(4_000).fill('18c2f0a1b2c3d4e5'),
    }),
  );
  const { run, calls } = open(long);
  expect(await run()).toMatchObject({ published: 12 });
  for (const call of calls) {
    const bytes = call.reduce((sum, { detail }) => sum + Buffer.byteLength(detail) + 100, 0);
    expect(bytes).toBeLessThanOrEqual(busLimits.bytes);
  }
});

test('a change that no bus could take is left out and logged, and holds up nothing', async () => {
  const huge = changeAt(testStart, { type: 'deleted', messageIds: Array(20_000).fill('18c2f0a1b2c3d4e5') });
  const { run, arrived, log } = open([huge, changeAt(testStart + 1)]);
  await run();
  expect(arrived).toEqual([idOf(changeAt(testStart + 1))]);
  expect(log.lines).toEqual([
    { level: 'error', event: 'change too large for the bus', accountId: 'account-1' },
  ]);
});

describe('a bus that fails half the time', () => {
  const history = fc.record({
    accounts: fc.integer({ min: 1, max: 14 }),
    /** How many changes come before each run. */
    runs: fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 5 }),
    fates: fc.array(fc.constantFrom('taken', 'taken', 'refused', 'taken untold'), {
      minLength: 50,
      maxLength: 200,
    }),
    wholeCalls: fc.array(fc.constantFrom('ok', 'ok', 'refused', 'taken untold'), {
      minLength: 20,
      maxLength: 60,
    }),
    /** Runs that are cut short, and those that another publisher shares. */
    short: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    twice: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  });

  test('gets every change at least once, those of an account in order, apart from repeats', async () => {
    const property = fc.asyncProperty(
      history,
      async ({ accounts, runs, fates, wholeCalls, short, twice }) => {
        const told: Change[] = [];
        let [entries, calls] = [0, 0];
        const { run, feed, clock, arrived, bus } = open([], (events) => {
          const whole = wholeCalls[calls++ % wholeCalls.length];
          const own = events.map(() => fates[entries++ % fates.length] ?? 'taken');
          return whole === 'ok' || whole === undefined ? own : own.map(() => whole);
        });
        for (const [index, count] of runs.entries()) {
          for (let number = 0; number < count; number++) {
            clock.pass(7);
            const change = changeAt(clock(), { accountId: `account-${(number * 5) % accounts}` });
            told.push(change);
            await feed.append(change);
          }
          clock.pass(settle + 1);
          const milliseconds = short[index] ? 1_500 : 45_000;
          await Promise.all(Array.from({ length: twice[index] ? 2 : 1 }, () => run(milliseconds)));
        }
        bus.fate = takeAll;
        expect(await run(600_000)).toMatchObject({ lag: 0, failures: [] });
        expect(await run()).toMatchObject({ published: 0 });
        expect(new Set(arrived)).toEqual(new Set(told.map(idOf)));
        for (const firsts of firstsByAccount(arrived).values()) expect(firsts).toEqual(firsts.toSorted());
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });
});

test('a bus that is down is asked less and less often, until the time is over; what waits is told later', async () => {
  const { run, bus, calls, arrived, clock } = open(changesOf(3, 1), (events) => events.map(() => 'refused'));
  const endsAt = clock() + 45_000;
  const report = await run();
  expect(clock()).toBeLessThan(endsAt);
  expect(report).toMatchObject({ published: 0, failures: [] });
  expect(report.lag).toBeGreaterThanOrEqual(minute);
  expect(calls.length).toBeLessThan(20);
  bus.fate = takeAll;
  expect(await run()).toMatchObject({ published: 3, lag: 0 });
  expect(arrived).toHaveLength(3);
});

test('a bus that is not there ends the run for one part of the feed and not for the others', async () => {
  const { run, bus, arrived } = open(changesOf(8, 8));
  const { put } = bus;
  bus.put = async (events) => {
    if (events.some(({ detail }) => JSON.parse(detail).accountId === 'account-1'))
      throw new Problem('misconfigured');
    return put(events);
  };
  const report = await run();
  expect(report.failures).toMatchObject([{ code: 'misconfigured' }]);
  expect(report.lag).toBeGreaterThanOrEqual(minute - 1);
  expect(report.published).toBe(6);
  expect(arrived.toSorted()).toEqual(
    changesOf(8, 8)
      .filter(({ accountId }) => !['account-1', 'account-5'].includes(accountId))
      .map(idOf),
  );
});

test('a publisher that another has overtaken leaves the rest to that one', async () => {
  const { run, feed, arrived } = open(changesOf(30, 1));
  const beyond = { ...feed.published, move: async () => false };
  expect(await run(45_000, beyond)).toMatchObject({ published: 1 });
  expect(arrived).toHaveLength(1);
});

test('what was never told for fourteen days is told no more', async () => {
  const { run, clock, arrived, feed } = open([changeAt(testStart), changeAt(testStart + 1)]);
  clock.pass(14 * 24 * 60 * minute - minute + 1);
  const recent = changeAt(clock() - minute);
  await feed.append(recent);
  await run();
  expect(arrived).toEqual([idOf(changeAt(testStart + 1)), idOf(recent)]);
  const [missed, last] = [changeAt(clock() + 1), changeAt(clock() + 14 * 24 * 60 * minute)];
  await feed.append(missed);
  await feed.append(last);
  clock.pass(14 * 24 * 60 * minute + settle + 2);
  await run();
  expect(arrived.slice(2)).toEqual([idOf(last)]);
});
