/** What repeated measurements tell. */
export interface Spread {
  readonly median: number;
  /** The bounds of the middle half. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Sums up repeated measurements; at least one. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { median: at(0.5), low: at(0.25), high: at(0.75), count: sorted.length };
}

/** The median alone. */
export const medianOf = (values: readonly number[]): number => spreadOf(values).median;

/** A spread for people: `51.2 (49.8 to 53.0)`. */
export const showSpread = ({ median, low, high }: Spread, digits = 1): string =>
  `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
