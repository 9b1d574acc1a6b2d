/** Where the minutes of a quota lie: on the clock's, beside them, or anywhere. */
export type QuotaWindow = 'aligned' | 'shifted' | 'sliding';

const minute = 60_000;
const shift = 23_700;

/** Counts units as Google does, and refuses what is over the quota of a minute. */
export class QuotaMeter {
  readonly #limit: number;
  readonly #window: QuotaWindow;
  readonly #spent: { readonly at: number; readonly units: number }[] = [];
  #sum = 0;
  #minute = Number.NaN;

  constructor(limit: number, window: QuotaWindow) {
    this.#limit = limit;
    this.#window = window;
  }

  /** Units that are left at this moment. */
  left(now: number): number {
    if (this.#window === 'sliding') this.#forget(now);
    else this.#turn(now);
    return this.#limit - this.#sum;
  }

  spend(now: number, units: number): void {
    this.left(now);
    this.#sum += units;
    if (this.#window === 'sliding') this.#spent.push({ at: now, units });
  }

  #turn(now: number): void {
    const current = Math.floor((now - (this.#window === 'shifted' ? shift : 0)) / minute);
    if (current !== this.#minute) this.#sum = 0;
    this.#minute = current;
  }

  #forget(now: number): void {
    let past = 0;
    for (const { at, units } of this.#spent) {
      if (at > now - minute) break;
      this.#sum -= units;
      past += 1;
    }
    this.#spent.splice(0, past);
  }
}
