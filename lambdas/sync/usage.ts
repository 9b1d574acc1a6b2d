/** The units granted to the whole project. Only the dispatcher writes them. */
export interface UsageStore {
  /** Marks the tick as run; false when another dispatcher has it. */
  beginTick(scheduledAt: number): Promise<boolean>;
  /** Units granted in the UTC day of this moment: for backfills, and in all. */
  readDay(now: number): Promise<{ readonly all: number; readonly backfill: number }>;
  addToDay(now: number, units: { readonly all: number; readonly backfill: number }): Promise<void>;
}
