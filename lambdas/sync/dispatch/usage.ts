/** What the dispatcher remembers of a tick. */
export interface PastTick {
  /** When its minute began, epoch milliseconds. */
  readonly at: number;
  /** Jobs that were sent, and the units that they were granted. */
  readonly jobs: number;
  readonly units: number;
}

/** The units of the whole project. The dispatcher writes them; workers report only a refusal of the whole project. */
export interface UsageStore {
  /** Marks the tick of this minute as run; false when another dispatcher has it. */
  beginTick(minuteAt: number): Promise<boolean>;
  /** Units of a day, such as `2026-11-22`: those of backfills, and all. */
  readDay(day: string): Promise<{ readonly all: number; readonly backfill: number }>;
  addToDay(day: string, units: { readonly all: number; readonly backfill: number }): Promise<void>;
  /** The ticks that `writeTicks` wrote last. */
  readTicks(): Promise<readonly PastTick[]>;
  /** Remembers ticks, in place of those before. */
  writeTicks(ticks: readonly PastTick[]): Promise<void>;
  /**
   * Records that Google refused the whole project: the dispatcher admits nothing before this moment.
   *
   * @param until epoch milliseconds; an earlier moment than the stored one changes nothing
   */
  slowDown(until: number): Promise<void>;
  /** Until when the dispatcher admits nothing, epoch milliseconds; 0 if Google never refused the project. */
  slowedUntil(): Promise<number>;
}
