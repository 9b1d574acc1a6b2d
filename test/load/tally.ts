/** What a kind of request took, in all. */
export interface KindFigures {
  readonly kind: string;
  readonly count: number;
  /** Milliseconds within which so many percent were answered. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Counts what clients meet. */
export class Tally {
  /** What must not be: an unforeseen answer, or one that belongs to somebody else. */
  readonly faults: string[] = [];
  readonly #times = new Map<string, number[]>();
  readonly #limits = new Map<string, number>();

  /** Somebody was answered, after so many milliseconds. */
  answered(kind: string, milliseconds: number): void {
    const times = this.#times.get(kind) ?? [];
    times.push(milliseconds);
    this.#times.set(kind, times);
  }

  /** Somebody met a limit that is told in the README. */
  limited(code: string): void {
    this.#limits.set(code, (this.#limits.get(code) ?? 0) + 1);
  }

  /** How often each limit was met. */
  get limits(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#limits);
  }

  /** How often each kind was asked, and how long it took. */
  get figures(): readonly KindFigures[] {
    return [...this.#times].map(([kind, times]) => {
      const sorted = times.toSorted((one, other) => one - other);
      const within = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
      return { kind, count: times.length, p50: within(0.5), p95: within(0.95), p99: within(0.99) };
    });
  }
}
