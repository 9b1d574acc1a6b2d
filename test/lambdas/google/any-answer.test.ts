import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FetchAnswer, FetchRequest } from '../../../lambdas/sync/job/sync-gmail.ts';
import { answering, openOver } from './support.ts';

const numRuns = 1_000;

const kinds: FetchAnswer['kind'][] = ['found', 'gone', 'again', 'limited', 'refused'];

const requests: FetchRequest[] = [
  { kind: 'message', id: 'a1' },
  { kind: 'thread', id: 't1' },
  { kind: 'message', id: 'b2' },
];

async function fetchFrom(body: string | Uint8Array<ArrayBuffer>, contentType: string) {
  return openOver(answering(body, { headers: { 'content-type': contentType } })).fetch(requests);
}

/** JSON that resembles what Gmail answers: its names, with values right and wrong. */
function jsonLike(names: readonly string[]) {
  const word = fc.constantFrom('a1', 't1', 'b2', '12', '9007199254740993', '', 'INBOX', 'Subject');
  const leaf = fc.oneof(word, fc.integer(), fc.constant(null), fc.boolean());
  return fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 5, depthSize: 'medium' }, leaf, tie('list'), tie('object')),
    list: fc.array(tie('value'), { maxLength: 3 }),
    object: fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: names.length }),
  })).object;
}

const messageNames = [
  'id',
  'threadId',
  'labelIds',
  'historyId',
  'internalDate',
  'payload',
  'headers',
  'name',
];

const anyJson = (names: readonly string[]) => fc.oneof(fc.jsonValue(), jsonLike(names));

/** Statuses that end no batch. */
const status = fc.constantFrom(100, 200, 200, 200, 204, 302, 400, 404, 410, 418, 429, 500, 503);

/** The lines of a batch's answer, some of them out of place. */
const lines = fc.array(
  fc.oneof(
    fc.constantFrom('--edge', '--edge', '--edge--', '', '', 'Content-Type: application/http', ':', '--edge-'),
    fc.nat(3).map((index) => `Content-ID: <response-item-${index}>`),
    status.map((code) => `HTTP/1.1 ${code} X`),
    anyJson([...messageNames, 'messages', 'error', 'errors', 'reason']).map((value) => JSON.stringify(value)),
    fc.string(),
  ),
  { maxLength: 40 },
);

/** Parts that are whole, but for what they hold. */
const parts = fc.array(
  fc.tuple(fc.nat(3), status, anyJson([...messageNames, 'messages', 'error', 'errors', 'reason'])),
  { maxLength: 4 },
);

describe('a batch has one answer for each request', () => {
  const onePerRequest = (answers: readonly FetchAnswer[]) => {
    expect(answers).toHaveLength(requests.length);
    for (const { kind } of answers) expect(kinds).toContain(kind);
  };

  test('whatever bytes come', async () => {
    const property = fc.asyncProperty(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.oneof(
        fc.constantFrom('multipart/mixed; boundary=e', 'multipart/mixed'),
        fc.stringMatching(/^[!-~]*$/),
      ),
      async (bytes, contentType) => onePerRequest(await fetchFrom(new Uint8Array(bytes), contentType)),
    );
    await fc.assert(property, { numRuns });
  });

  test('whatever lines come, ended by CRLF or LF', async () => {
    const property = fc.asyncProperty(lines, fc.constantFrom('\r\n', '\n'), async (all, end) =>
      onePerRequest(await fetchFrom(all.join(end), 'multipart/mixed; boundary=edge')),
    );
    await fc.assert(property, { numRuns });
  });

  test('whatever its parts hold, and wherever it is cut; what stands before the cut is the same', async () => {
    const seen = new Set<string>();
    const property = fc.asyncProperty(parts, fc.double({ min: 0, max: 1, noNaN: true }), async (all, cut) => {
      const text = `${all.map(writePart).join('')}--edge--\r\n`;
      const whole = await fetchFrom(text, 'multipart/mixed; boundary=edge');
      const cutOff = await fetchFrom(text.slice(0, cut * text.length), 'multipart/mixed; boundary=edge');
      onePerRequest(whole);
      onePerRequest(cutOff);
      for (const [index, answer] of cutOff.entries()) {
        if (answer.kind !== 'again') expect(answer).toEqual(whole[index]);
      }
      for (const { kind } of whole) seen.add(kind);
    });
    await fc.assert(property, { numRuns });
    expect([...seen].toSorted()).toEqual(kinds.toSorted());
  });
});

function writePart([index, code, body]: [number, number, unknown]): string {
  const head = `--edge\r\nContent-Type: application/http\r\nContent-ID: <response-item-${index}>\r\n\r\n`;
  return `${head}HTTP/1.1 ${code} X\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(body)}\r\n`;
}
