/** The share of a minute in which a tick grants. */
export const activeShare = 0.85;

/** The share of a minute's units that may be granted at once. */
export const burstShare = 1 / 32;

/**
 * Spreads the grants of a tick over its minute, so that no 60 seconds contain the grants of two ticks. Google does not
 * say when its minutes begin.
 *
 * All ticks grant at the same rate and rest at the end of their minute. Spending follows granting by the time that a
 * job waits and runs. The 10 % of Google's minute that are not granted allow for jobs that take up to five seconds
 * longer than those of the next tick.
 */
export class GrantRate {
  readonly #millisecondsAUnit: number;
  readonly #burst: number;
  #paidUntil: number;

  /**
   * @param units of a minute
   * @param minute milliseconds
   * @param startedAt when the tick began to grant, epoch milliseconds
   * @param unspent units of earlier ticks that are still to be spent
   */
  constructor(units: number, minute: number, startedAt: number, unspent: number) {
    this.#millisecondsAUnit = (minute * activeShare) / units;
    this.#burst = units * burstShare;
    this.#paidUntil = startedAt + unspent * this.#millisecondsAUnit;
  }

  /** Splits the items into portions that may be granted at once. */
  portions<Item extends { readonly units: number }>(items: readonly Item[]): readonly (readonly Item[])[] {
    let units = 0;
    const byPortion = Map.groupBy(items, (item) => {
      units += item.units;
      return Math.floor(units / this.#burst);
    });
    return [...byPortion.values()];
  }

  /** When the rate has allowed everything granted so far, epoch milliseconds. */
  get paidUntil(): number {
    return this.#paidUntil;
  }

  /** When the next portion may be granted, epoch milliseconds. */
  get readyAt(): number {
    return this.#paidUntil - this.#burst * this.#millisecondsAUnit;
  }

  count(units: number, now: number): void {
    this.#paidUntil = Math.max(this.#paidUntil, now) + units * this.#millisecondsAUnit;
  }
}
