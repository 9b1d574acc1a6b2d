import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { type ScheduleOptions, startSchedule } from '../../../infra/local/schedule.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-20T10:00:07.300Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

function start(intervalSeconds: number, options: Partial<ScheduleOptions> = {}) {
  const started: string[] = [];
  const schedule = startSchedule({
    intervalSeconds,
    run: async (functionName, { scheduledTime }) => started.push(`${functionName} ${scheduledTime}`),
    ...options,
  });
  onTestFinished(() => schedule.close());
  const dispatches = () => started.filter((line) => line.startsWith('sync-dispatch'));
  return { schedule, started, dispatches };
}

test('all start at once, their times aligned to the tick and to the day', () => {
  expect(start(60).started).toEqual([
    'sync-dispatch 2026-11-20T10:00:00Z',
    'changes-publish 2026-11-20T10:00:00Z',
    'sync-sweep 2026-11-20T00:00:00Z',
  ]);
});

test('then the dispatcher starts at each tick by the clock', async () => {
  const { dispatches } = start(5);
  await vi.advanceTimersByTimeAsync(7_700);
  expect(dispatches()).toEqual([
    'sync-dispatch 2026-11-20T10:00:05Z',
    'sync-dispatch 2026-11-20T10:00:10Z',
    'sync-dispatch 2026-11-20T10:00:15Z',
  ]);
});

test('and the sweep once a day', async () => {
  const { started } = start(60);
  await vi.advanceTimersByTimeAsync(2 * 24 * 60 * 60 * 1000);
  expect(started.filter((line) => line.startsWith('sync-sweep'))).toEqual([
    'sync-sweep 2026-11-20T00:00:00Z',
    'sync-sweep 2026-11-21T00:00:00Z',
    'sync-sweep 2026-11-22T00:00:00Z',
  ]);
});

test('a timer that fires early starts the tick that it was set for, not the one before again', async () => {
  let early = 0;
  const { dispatches } = start(5, { clock: () => Date.now() - early });
  early = 2;
  await vi.advanceTimersByTimeAsync(2_700);
  expect(dispatches()).toEqual(['sync-dispatch 2026-11-20T10:00:05Z', 'sync-dispatch 2026-11-20T10:00:10Z']);
});

test('a clock that runs ahead takes the schedules along', async () => {
  let ahead = 0;
  const { dispatches } = start(5, { clock: () => Date.now() + ahead });
  ahead = 60 * 60 * 1000;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(dispatches().slice(1)).toEqual(['sync-dispatch 2026-11-20T11:00:10Z']);
});

test('a tick is left out while the one before still runs, and a failure stops nothing', async () => {
  const first = Promise.withResolvers<void>();
  const times: string[] = [];
  start(5, {
    run: async (functionName, { scheduledTime }) => {
      if (functionName !== 'sync-dispatch') return;
      times.push(scheduledTime);
      if (times.length === 1) await first.promise;
      throw new Error('a dispatch that failed');
    },
  });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(times).toEqual(['2026-11-20T10:00:05Z']);
  first.resolve();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(times.slice(1)).toEqual(['2026-11-20T10:00:15Z', '2026-11-20T10:00:20Z']);
});

test('closing waits for what is under way and starts nothing more', async () => {
  const first = Promise.withResolvers<void>();
  const run = vi.fn(() => first.promise);
  const { schedule } = start(5, { run });
  let closed = false;
  const closing = schedule.close().then(() => {
    closed = true;
  });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(run).toHaveBeenCalledTimes(3);
  expect(closed).toBe(false);
  first.resolve();
  await closing;
});
