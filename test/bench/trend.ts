/** How something measured goes with a size. */
export interface Series {
  /** What was done. */
  readonly what: string;
  /** What was measured, as `measures` in growth-series.ts names it. */
  readonly measure: string;
  /** What the values count, such as `reads a message`. */
  readonly unit: string;
  /** Smallest size first. */
  readonly points: readonly Point[];
}

/** What was measured at one size. */
export interface Point {
  readonly size: number;
  readonly value: number;
}

/** Differences up to this are put down to the measuring. */
const tolerance = 0.25;

/**
 * Whether a series is flat or better, in words. What grows grows from its least value; what falls falls from its first.
 *
 * @throws Error when there are no points
 */
export function trendOf(points: readonly Point[]): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) throw new Error('Without points there is no trend.');
  const least = points.reduce((lowest, point) => (point.value < lowest.value ? point : lowest));
  if (last.value > (1 + tolerance) * least.value) {
    return `grows to ${times(last.value / least.value)} times from ${least.size.toLocaleString('en-US')} on`;
  }
  return last.value < (1 - tolerance) * first.value
    ? `falls to 1/${times(first.value / last.value)}`
    : 'flat';
}

const times = (ratio: number) => Number(ratio.toPrecision(2)).toLocaleString('en-US');
