/** Numbers that look random and are the same for the same seed. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed % 2_147_483_646) + 1;
  }

  /** A whole number, from `least` to `most`. */
  between(least: number, most: number): number {
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    return least + (this.#state % (most - least + 1));
  }
}
