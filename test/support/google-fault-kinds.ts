import { gzipSync } from 'node:zlib';
import type { Effect } from './google-faults.ts';

/**
 * What a fault of Google's comes to, whichever call it strikes: `busy` (429), `down` (5xx), `lost` (no answer, or one
 * that broke on its way), `senseless` (an answer that says nothing of what was asked), `oversize`, `late`.
 */
export type FaultKind = 'busy' | 'down' | 'lost' | 'senseless' | 'oversize' | 'late';

/** One way in which Google can fail. */
export interface GoogleFault {
  readonly name: string;
  readonly kind: FaultKind;
  readonly effect: Effect;
  /** The seconds that Google asks us to wait, as we understand it. */
  readonly seconds?: number;
}

const day = 86_400;

/** No name for a time, or one that cannot be: what we make of `Retry-After`. */
const waits: readonly (readonly [name: string, header: string | undefined, seconds: number | undefined])[] = [
  ['naming no time', undefined, undefined],
  ['naming seconds', '17', 17],
  ['naming a negative time', '-5', 1],
  ['naming thirty years', '1000000000', day],
  ['naming a date long past', 'Sun, 06 Nov 1994 08:49:37 GMT', 1],
  ['naming a date far ahead', 'Fri, 06 Nov 2094 08:49:37 GMT', day],
  ['naming no time in words', 'later', undefined],
];

const busy = waits.map(([name, header, seconds]): GoogleFault => {
  const headers = header === undefined ? {} : { 'retry-after': header };
  return { name: `429 ${name}`, kind: 'busy', effect: { status: 429, headers }, ...(seconds && { seconds }) };
});

const down: readonly GoogleFault[] = [
  { name: '500', kind: 'down', effect: { status: 500 } },
  { name: '502 with a page', kind: 'down', effect: { status: 502, body: '<h1>Bad Gateway</h1>' } },
  { name: '503', kind: 'down', effect: { status: 503 } },
  {
    name: '503 naming seconds',
    kind: 'down',
    effect: { status: 503, headers: { 'retry-after': '30' } },
    seconds: 30,
  },
];

const gzip = { 'content-encoding': 'gzip' };
const base64 = (bytes: Buffer) => bytes.toString('base64');

const lost: readonly GoogleFault[] = [
  { name: 'a reset', kind: 'lost', effect: { reset: true } },
  { name: 'half an answer', kind: 'lost', effect: { truncate: true } },
  {
    name: 'gzip that is none',
    kind: 'lost',
    effect: { headers: gzip, bodyBase64: base64(Buffer.from('not gzip')) },
  },
];

const wrongTypes = {
  id: 1,
  messages: [{ id: 1, threadId: 2 }],
  labels: [{ id: 1 }],
  history: [{ id: 7 }],
  historyId: 7,
  access_token: 1,
  expires_in: 'soon',
};

const senselessAnswers: readonly (readonly [name: string, effect: Effect])[] = [
  ['200 with a page', { status: 200, body: '<h1>Sign in to the hotel’s network</h1>' }],
  ['200 with half of a JSON', { status: 200, body: '{"messages":[{"id":' }],
  ['200 with a list', { status: 200, body: [] }],
  ['200 with null', { status: 200, body: null }],
  ['200 with an error in it', { status: 200, body: { error: { code: 503, message: 'Backend Error' } } }],
  ['200 with something else', { status: 200, body: { status: 'ok' } }],
  ['200 with numbers for text', { status: 200, body: wrongTypes }],
  ['304', { status: 304 }],
  ['403 with a page', { status: 403, body: '<h1>Forbidden</h1>' }],
  [
    'gzip that is cut off',
    { headers: gzip, bodyBase64: base64(gzipSync('{"messages":[{"id":"1"}]}').subarray(0, 24)) },
  ],
];

const senseless = senselessAnswers.map(
  ([name, effect]): GoogleFault => ({ name, kind: 'senseless', effect }),
);

const oversize: readonly GoogleFault[] = [
  { name: '50 MB', kind: 'oversize', effect: { fillBytes: 50_000_000 } },
  {
    name: '60 MB in 60 KB of gzip',
    kind: 'oversize',
    effect: { headers: gzip, bodyBase64: base64(gzipSync(Buffer.alloc(60_000_000, ' '))) },
  },
];

/** Every fault of Google's that shows at once. */
export const quickFaults: readonly GoogleFault[] = [...busy, ...down, ...lost, ...senseless, ...oversize];

/** Those that show when a time-out has passed: silence, and a body that comes too slowly. */
export const lateFaults: readonly GoogleFault[] = [
  { name: 'silence', kind: 'late', effect: { hang: true } },
  // A tenth of it, or a byte, comes each minute: the shortest answer has two bytes.
  { name: 'a body that comes bit by bit for ever', kind: 'late', effect: { dripMs: 600_000 } },
];

/** The most that may go out of an oversize answer: what we take, and what waits in the sockets' buffers (bytes). */
export const mostPoured = 40_000_000;
