/** What the schedules hand to their functions: EventBridge Scheduler's `<aws.scheduler.scheduled-time>`. */
interface ScheduledEvent {
  /** ISO 8601, to the second. */
  readonly scheduledTime: string;
}

/** What is started by the clock. */
export interface ScheduleOptions {
  /** The length of a tick in whole seconds. */
  readonly intervalSeconds: number;
  readonly run: (
    functionName: 'sync-dispatch' | 'changes-publish' | 'sync-sweep',
    event: ScheduledEvent,
  ) => Promise<unknown>;
  /** Epoch milliseconds; the machine's clock unless said otherwise. */
  readonly clock?: () => number;
}

/** Running schedules. */
export interface Schedule {
  /** Starts nothing more, and waits for the invocations under way. */
  close(): Promise<void>;
}

const dayMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Starts dispatcher and publisher at once and then at each tick, and the sweep at once and then once a day. Like EventBridge
 * Scheduler without retries: an invocation that failed is not repeated; a tick whose predecessor still runs is left
 * out.
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

/** The event of the tick in which a moment lies: its time is aligned to the interval. */
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
    // A timer may fire a little early by the clock; the tick is still the one it was set for.
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
