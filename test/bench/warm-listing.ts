/**
 * A process that lists again and again: it loads the module named first, lists for one account until it is warm, then
 * as often as `BENCH_TIMES` says, each time 20 seconds later by its clock, then once for another account, then for the
 * first one again without a pause, and says what each listing took.
 */
import { subscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';

/** What one listing took. */
export interface Listing {
  /** Milliseconds in which nobody outside was asked and had yet to answer. */
  readonly own: number;
  /** Milliseconds in all. */
  readonly all: number;
  /** Whom it asked: ports of this machine. */
  readonly asked: readonly string[];
}

const [, , entry = ''] = process.argv;
const { BENCH_EVENT = '', BENCH_OTHER_EVENT = '', BENCH_TIMES = '0' } = process.env;
const { now } = Date;
let later = 0;
Date.now = () => now() + later;
const { handler } = createRequire(__filename)(entry);

let asked: string[] = [];
let waitingFor = 0;
let waitingSince = 0;
let waited = 0;

subscribe('http.client.request.start', (message) => {
  const { request } = message as { request: { getHeader(name: string): unknown } };
  asked.push(String(request.getHeader('host')));
  if (waitingFor === 0) waitingSince = performance.now();
  waitingFor += 1;
});
subscribe('http.client.response.finish', () => {
  waitingFor -= 1;
  if (waitingFor === 0) waited += performance.now() - waitingSince;
});

async function list(event: string): Promise<Listing> {
  asked = [];
  waited = 0;
  const start = performance.now();
  const { statusCode } = await handler(JSON.parse(event), { getRemainingTimeInMillis: () => 29_000 });
  const all = performance.now() - start;
  if (statusCode !== 200) throw new Error(`The listing was answered with ${statusCode}.`);
  return { own: all - waited, all, asked };
}

async function main(): Promise<void> {
  const times = Number(BENCH_TIMES);
  for (let time = 0; time < times; time++) await list(BENCH_EVENT);
  const listings: Listing[] = [];
  later = 60_000;
  for (let time = 0; time < times; time++) {
    later += 20_000;
    listings.push(await list(BENCH_EVENT));
  }
  const other = await list(BENCH_OTHER_EVENT);
  let inALoop = other;
  for (let time = 0; time < 10; time++) inALoop = await list(BENCH_EVENT);
  process.stdout.write(`\n${JSON.stringify({ listings, other, inALoop })}`, () => process.exit());
}

void main();
