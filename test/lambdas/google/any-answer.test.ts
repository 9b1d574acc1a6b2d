import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import type { FetchAnswer, FetchRequest, SyncGmail } from '../../../lambdas/sync/job/sync-gmail.ts';
import { answering, openJson, openOver } from './support.ts';

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

describe('a page is of its type, or an error of Google’s', () => {
  const pages = { list: 0, history: 0 };

  async function pageOrProblem<P>(page: Promise<P>): Promise<P | undefined> {
    try {
      return await page;
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
      expect(error).toHaveProperty('code', 'google_error');
      return undefined;
    }
  }

  test('of the list', async () => {
    const names = ['messages', 'id', 'threadId', 'nextPageToken'];
    const property = fc.asyncProperty(anyJson(names), async (body) => {
      const page = await pageOrProblem(openJson(body).listMessages({}));
      if (page === undefined || page === 'refused') return;
      pages.list += 1;
      for (const { id, threadId } of page.messages)
        expect([typeof id, typeof threadId]).toEqual(['string', 'string']);
      expect(['string', 'undefined']).toContain(typeof page.nextPageToken);
    });
    await fc.assert(property, { numRuns });
    expect(pages.list).toBeGreaterThan(0);
  });

  test('of the history', async () => {
    const property = fc.asyncProperty(historyLike, async (body) => {
      const page = await pageOrProblem(openJson(body).listHistory({ start: '1' }));
      if (page === undefined || typeof page === 'string') return;
      pages.history += 1;
      expect(page.historyId).toMatch(/^\d+$/);
      for (const record of page.records) expectTyped(record);
    });
    await fc.assert(property, { numRuns });
    expect(pages.history).toBeGreaterThan(0);
  });
});

const historyNames = [
  'id',
  'message',
  'messagesAdded',
  'messagesDeleted',
  'labelsAdded',
  'labelsRemoved',
  'labelIds',
];

const change = fc.record(
  {
    message: fc.record({ id: fc.constantFrom('a1', 'b2', 3), threadId: fc.constant('t1') }),
    labelIds: fc.array(fc.constantFrom('INBOX', 'UNREAD')),
  },
  { requiredKeys: ['message'] },
);

const record = fc.record(
  {
    id: fc.constantFrom('12', '9007199254740993'),
    messagesAdded: fc.array(change, { maxLength: 2 }),
    messagesDeleted: fc.array(change, { maxLength: 2 }),
    labelsAdded: fc.array(change, { maxLength: 2 }),
    labelsRemoved: fc.oneof(fc.array(change, { maxLength: 2 }), fc.constant(null)),
  },
  { requiredKeys: ['id'] },
);

const historyLike = fc.oneof(
  anyJson([...historyNames, 'history', 'historyId', 'nextPageToken']),
  fc.record({ historyId: fc.constantFrom('12', '13', 14), history: fc.array(record, { maxLength: 3 }) }),
);

type Page = Exclude<Awaited<ReturnType<SyncGmail['listHistory']>>, string>;

function expectTyped({ historyId, added, deleted, labelsAdded, labelsRemoved }: Page['records'][number]) {
  expect(historyId).toMatch(/^\d+$/);
  const texts = [
    ...added.flatMap(({ id, threadId }) => [id, threadId]),
    ...deleted,
    ...[...labelsAdded, ...labelsRemoved].flatMap(({ id, labelIds }) => [id, ...labelIds]),
  ];
  for (const text of texts) expect(typeof text).toBe('string');
}

function writePart([index, code, body]: [number, number, unknown]): string {
  const head = `--edge\r\nContent-Type: application/http\r\nContent-ID: <response-item-${index}>\r\n\r\n`;
  return `${head}HTTP/1.1 ${code} X\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(body)}\r\n`;
}
