/**
 * A process that is one cold start: it loads the module named first, asks its handler what `BENCH_EVENT` holds, if
 * anything, and says what that took.
 */
import { createRequire } from 'node:module';

/** What a cold start took. */
export interface ColdStart {
  /** Milliseconds from the start of the process until the module stood. */
  readonly load: number;
  /** Resident memory then, in MB. */
  readonly memory: number;
  /** Milliseconds from the start of the process until the answer, and the answer's status. */
  readonly answer?: number;
  readonly status?: number;
}

const [, , entry = ''] = process.argv;
const { handler } = createRequire(__filename)(entry);
const load = performance.now();
const memory = process.memoryUsage.rss() / 2 ** 20;
const { BENCH_EVENT: event } = process.env;
const say = (result: ColdStart) => process.stdout.write(JSON.stringify(result), () => process.exit());
if (event === undefined) say({ load, memory });
else {
  const answer: Promise<{ statusCode: number }> = handler(JSON.parse(event), {
    getRemainingTimeInMillis: () => 29_000,
  });
  answer.then(({ statusCode }) => say({ load, memory, answer: performance.now(), status: statusCode }));
}
