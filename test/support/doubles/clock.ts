/** A clock that stands still until it is told otherwise. */
export interface TestClock {
  (): number;
  /** Lets this many milliseconds pass. */
  pass(milliseconds: number): void;
}

/** 1 November 2026, midnight UTC. */
export const testStart = Date.UTC(2026, 10, 1);

/** A clock for a test; it starts at `testStart`. */
export function testClock(start = testStart): TestClock {
  let now = start;
  return Object.assign(() => now, {
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  });
}
