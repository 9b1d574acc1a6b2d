/** The schedules' event: EventBridge Scheduler's `<aws.scheduler.scheduled-time>`. */
interface ScheduledEvent {
  /** ISO 8601, to the second. */
  readonly scheduledTime: string;
}

/** Options of the schedules. */
export interface ScheduleOptions {
  /** The interval between ticks in whole seconds. */
  readonly intervalSeconds: number;
  readonly run: (
    functionName: 'sync-dispatch' | 'changes-publish' | 'sync-sweep',
    event: ScheduledEvent,
  ) => Promise<unknown>;
  /** Epoch milliseconds; the machine's clock by default. */
  readonly clock?: () => number;
}

/** Running schedules. */
export interface Schedule {
  /** Stops the schedules, and waits for the invocations under way. */
  close(): Promise<void>;
}

const dayMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Starts dispatcher and publisher at once and then at each tick, and the sweep at once and then daily. Like EventBridge
 * Scheduler without retries: a failed invocation is not repeated, and a tick is skipped while the previous one still
 * runs.
 */
export function startSchedule({ intervalSeconds, run, clock = Date.now }: ScheduleOptions): Schedule {
  const closers = [
    every(intervalSeconds * 1000, clock, (event) => run('sync-dispatch', event)),
    every(intervalSeconds * 1000, clock, (event) => run('changes-publish', event)),
    every(dayMilliseconds, clock, (event) => run('sync-sweep', event)),
  ];
  return {
    async close() {
      await Promise.all(closers.map((close) => close()));
    },
  };
}

/** The event of the tick that contains a moment; its time is aligned to the interval. */
export function scheduledEvent(now: number, intervalMilliseconds: number): ScheduledEvent {
  const time = new Date(now - (now % intervalMilliseconds));
  return { scheduledTime: time.toISOString().replace('.000Z', 'Z') };
}

function every(
  interval: number,
  clock: () => number,
  run: (event: ScheduledEvent) => Promise<unknown>,
): () => Promise<void> {
  let underWay: Promise<unknown> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function tick(now: number): void {
    const next = now - (now % interval) + interval;
    // A timer may fire slightly early by the clock; the tick keeps the time that it was set for.
    timer = setTimeout(() => tick(Math.max(next, clock())), next - clock());
    underWay ??= run(scheduledEvent(now, interval))
      .catch(() => {})
      .finally(() => {
        underWay = undefined;
      });
  }

  tick(clock());
  return async () => {
    clearTimeout(timer);
    await underWay;
  };
}
