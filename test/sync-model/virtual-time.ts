interface Appointment {
  readonly at: number;
  readonly action: () => void;
}

/**
 * A clock that stands still while anything can run, and then jumps to the next appointment: hours pass in
 * milliseconds, and the same history always unfolds in the same order.
 */
export class VirtualTime {
  #now: number;
  /** Latest first, so that the next is taken from the end. */
  readonly #appointments: Appointment[] = [];
  /** What comes from outside, such as an answer over HTTP. */
  readonly #awaited = new Set<Promise<unknown>>();

  constructor(start: number) {
    this.#now = start;
  }

  /** Epoch milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** Runs the action at that time; of several at the same time, the one that was asked for first. */
  at(time: number, action: () => void): void {
    const at = Math.max(time, this.#now);
    let low = 0;
    let high = this.#appointments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#appointments[middle]?.at ?? at) > at) low = middle + 1;
      else high = middle;
    }
    this.#appointments.splice(low, 0, { at, action });
  }

  /** Ends after that many milliseconds. */
  readonly sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => this.at(this.#now + Math.max(0, milliseconds), resolve));

  /** Waits for something that is really done elsewhere: until it is, the clock stands still. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    this.#awaited.add(work);
    try {
      return await work;
    } finally {
      this.#awaited.delete(work);
    }
  }

  /** Lets time pass up to that moment. */
  async runUntil(end: number): Promise<void> {
    for (;;) {
      await everythingThatCanRun();
      if (this.#awaited.size > 0) {
        await Promise.allSettled(this.#awaited);
        continue;
      }
      const next = this.#appointments.at(-1);
      if (next === undefined || next.at > end) break;
      this.#appointments.pop();
      this.#now = Math.max(this.#now, next.at);
      next.action();
    }
    this.#now = Math.max(this.#now, end);
  }
}

/** Promises that have settled run before the event loop turns. */
function everythingThatCanRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
