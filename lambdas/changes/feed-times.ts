/** Milliseconds of a day. */
const day = 86_400_000;

/** How long changes can be read and a cursor is valid (milliseconds). Rows are kept one day longer. */
export const keptFor = 14 * day;

/** The times of feeds with many writers, in milliseconds. */
export interface FeedTimes {
  /** After this time a change is in all its feeds, or its write has failed and is repeated with a later sequence. */
  readonly write: number;
  /**
   * Feeds with many writers hide younger changes. It exceeds the time of a write and the difference between two
   * machines' clocks, so a cursor never passes a change that is written later.
   */
  readonly settle: number;
}

/** 10 and 15 seconds; less if the sync's minute is shorter, but always enough for a write. */
export function feedTimesOf({ minuteSeconds }: { readonly minuteSeconds: number }): FeedTimes {
  const settle = Math.max(minuteSeconds * 250, 2_000);
  return { settle, write: Math.floor((settle * 2) / 3) };
}
