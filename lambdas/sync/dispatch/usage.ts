/** What the dispatcher stores of a tick. */
export interface TickUsage {
  /** When its minute began, epoch milliseconds. */
  readonly at: number;
  /** Jobs that were sent, and their granted units. */
  readonly jobs: number;
  readonly units: number;
}

/** The units of the whole project. The dispatcher writes them; workers only report a refusal of the whole project. */
export interface UsageStore {
  /** Marks the tick of this minute as run; false if another dispatcher runs it. */
  beginTick(minuteAt: number): Promise<boolean>;
  /** Units of a day, such as `2026-11-22`: of backfills, and of everything. */
  readDay(day: string): Promise<{ readonly all: number; readonly backfill: number }>;
  addToDay(day: string, units: { readonly all: number; readonly backfill: number }): Promise<void>;
  /** The ticks that `writeTicks` stored last. */
  readTicks(): Promise<readonly TickUsage[]>;
  /** Stores these ticks in place of the earlier ones. */
  writeTicks(ticks: readonly TickUsage[]): Promise<void>;
  /**
   * Records that Google refused the whole project: the dispatcher admits nothing before this moment.
   *
   * @param until epoch milliseconds; a moment before the stored one changes nothing
   */
  slowDown(until: number): Promise<void>;
  /** Until when the dispatcher admits nothing, epoch milliseconds; 0 if Google never refused the project. */
  slowedUntil(): Promise<number>;
}
