import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quotaProfiles } from '../../../../lambdas/google/quota-prices.ts';
import { planFetch, planSingly, type WantedMessage } from '../../../../lambdas/sync/job/plan-fetch.ts';

const { prices } = quotaProfiles['2026'];

/** Wanted messages, as the thread of each. */
const inThreads = (...threadIds: readonly string[]): WantedMessage[] =>
  threadIds.map((threadId, index) => ({ id: `m${index}`, threadId }));

const requestsOf = (wanted: readonly WantedMessage[], of = prices) =>
  planFetch(wanted, of).map(({ request }) => `${request.kind} ${request.id}`);

describe('messages are fetched', () => {
  test('one by one where two share a thread: a thread costs as much as two', () => {
    expect(requestsOf(inThreads('t1', 't1'))).toEqual(['message m0', 'message m1']);
  });

  test('as a thread where three share it', () => {
    expect(planFetch(inThreads('t1', 't1', 't1'), prices)).toEqual([
      { request: { kind: 'thread', id: 't1' }, wanted: inThreads('t1', 't1', 't1'), units: 40 },
    ]);
  });

  test('each thread for itself, wherever its messages stand', () => {
    expect(requestsOf(inThreads('t1', 't2', 't1', 't3', 't2', 't1'))).toEqual([
      'thread t1',
      'message m1',
      'message m4',
      'message m3',
    ]);
  });

  test('by the prices of the profile', () => {
    expect(requestsOf(inThreads('t1', 't1', 't1'), quotaProfiles.legacy.prices)).toEqual(['thread t1']);
    expect(requestsOf(inThreads('t1', 't1', 't1'), { ...prices, getThread: 60 })).toHaveLength(3);
    expect(requestsOf(inThreads('t1', 't1'), { ...prices, getThread: 39 })).toEqual(['thread t1']);
  });

  test('not at all where none is wanted', () => {
    expect(planFetch([], prices)).toEqual([]);
  });
});

test('one by one when that is asked for, whatever threads they share', () => {
  expect(
    planSingly(inThreads('t1', 't1', 't1'), prices).map(({ request, units }) => [request, units]),
  ).toEqual(['m0', 'm1', 'm2'].map((id) => [{ kind: 'message', id }, 20]));
});

test('each wanted message comes with exactly one call, and no plan is cheaper', () => {
  const thread = fc.integer({ min: 0, max: 9 }).map((number) => `t${number}`);
  const price = fc.integer({ min: 1, max: 60 });
  fc.assert(
    fc.property(fc.array(thread, { maxLength: 40 }), price, price, (threads, getMessage, getThread) => {
      const wanted = inThreads(...threads);
      const plan = planFetch(wanted, { ...prices, getMessage, getThread });
      const brought = plan.flatMap((call) => call.wanted.map(({ id }) => id));
      expect(brought.toSorted()).toEqual(wanted.map(({ id }) => id).toSorted());
      for (const { request, wanted: own, units } of plan) {
        expect(units).toBe(request.kind === 'thread' ? getThread : getMessage);
        for (const message of own)
          expect(request.id).toBe(request.kind === 'thread' ? message.threadId : message.id);
      }
      const sizes = [...Map.groupBy(wanted, ({ threadId }) => threadId).values()].map(({ length }) => length);
      const cheapest = sizes.reduce((sum, size) => sum + Math.min(size * getMessage, getThread), 0);
      expect(plan.reduce((sum, { units }) => sum + units, 0)).toBe(cheapest);
    }),
  );
});
