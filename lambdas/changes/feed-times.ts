/** Milliseconds of a day. */
const day = 86_400_000;

/** How long changes can be read, and a cursor is good (milliseconds). Their rows stand a day longer. */
export const keptFor = 14 * day;

/** How a stage writes and reads feeds of many writers. Milliseconds. */
export interface FeedTimes {
  /** After this time a change is in all its feeds, or was given up and is told anew under a later sequence. */
  readonly write: number;
  /**
   * Feeds of many writers show no change younger than this: longer than a write may take, and than the clocks of two
   * machines differ, so that no cursor ever passes a change that comes later.
   */
  readonly settle: number;
}

/** 10 and 15 seconds; less where the sync's minute is shorter, but never too little for a write. */
export function feedTimesOf({ minuteSeconds }: { readonly minuteSeconds: number }): FeedTimes {
  const settle = Math.max(minuteSeconds * 250, 2_000);
  return { settle, write: Math.floor((settle * 2) / 3) };
}
