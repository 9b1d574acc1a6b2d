import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { AccessTokenRefused, Problem } from '../../lambdas/errors.ts';
import { createMailboxOpener } from '../../lambdas/google/gmail.ts';
import { gmailProblem, readGmailError } from '../../lambdas/google/gmail-problem.ts';
import { readMessage } from '../../lambdas/google/read-message.ts';
import { retryAfterSeconds } from '../../lambdas/google/retry-after.ts';
import type { Mailbox } from '../../lambdas/live/mailbox.ts';
import type { SyncGmail } from '../../lambdas/sync/job/sync-gmail.ts';
import { answering, gmailError, now, openJson, openOver } from '../lambdas/google/support.ts';
import { almost, almostText, bounded, expectType, laterOrProblem, numRuns } from './support.ts';

const text = v.string();
const message = {
  ...{ id: 'a1', threadId: 't1', labelIds: ['INBOX'], snippet: 'Hello', historyId: '9007199254740993' },
  ...{ internalDate: '1700000000000', sizeEstimate: 5 },
  payload: { headers: [{ name: 'From', value: 'a@example.com' }] },
};
const history = {
  history: [
    {
      id: '12',
      messagesAdded: [{ message: { id: 'a1', threadId: 't1' } }],
      messagesDeleted: [{ message: { id: 'b2' } }],
      labelsAdded: [{ message: { id: 'a1' }, labelIds: ['INBOX'] }],
      labelsRemoved: [{ message: { id: 'a1' }, labelIds: ['UNREAD'] }],
    },
  ],
  nextPageToken: 'p2',
  historyId: '13',
};
const messages = { messages: [{ id: 'a1', threadId: 't1' }], nextPageToken: 'p2', resultSizeEstimate: 201 };
const labels = { labels: [{ id: 'INBOX', name: 'INBOX', type: 'system' }] };

const change = v.strictObject({ id: text, labelIds: v.array(text) });
const digits = v.pipe(text, v.regex(/^\d{1,20}$/));
const entry = v.strictObject({ id: text, threadId: text });

/** Each call of the sync, a right answer to it, and what it must be read as. */
const calls: readonly [
  name: string,
  right: object,
  call: (gmail: SyncGmail) => Promise<unknown>,
  read: v.GenericSchema,
][] = [
  [
    'the profile',
    { emailAddress: 'ann@example.com', historyId: '12', messagesTotal: 3 },
    (gmail) => gmail.getProfile(),
    v.strictObject({ emailAddress: text, historyId: digits, messagesTotal: v.number() }),
  ],
  [
    'a page of the list',
    messages,
    (gmail) => gmail.listMessages({}),
    v.strictObject({ messages: v.array(entry), nextPageToken: v.optional(text) }),
  ],
  [
    'the labels',
    labels,
    (gmail) => gmail.listLabels(),
    v.array(v.strictObject({ id: text, name: v.optional(text), type: v.picklist(['system', 'user']) })),
  ],
  [
    'a page of the history',
    history,
    (gmail) => gmail.listHistory({ start: '1' }),
    v.strictObject({
      nextPageToken: v.optional(text),
      historyId: digits,
      records: v.array(
        v.strictObject({
          historyId: digits,
          added: v.array(entry),
          deleted: v.array(text),
          labelsAdded: v.array(change),
          labelsRemoved: v.array(change),
          unclear: v.optional(v.array(v.string())),
        }),
      ),
    }),
  ],
];

test.each(calls)('%s is of its type, or an error of Google’s', async (_, right, call, schema) => {
  let read = 0;
  const property = fc.asyncProperty(almost(fc.constant(right)), async (body) => {
    const page = await laterOrProblem(() => call(openJson(body)), 'google_error');
    if (page === undefined) return;
    read += 1;
    expectType(schema, page);
  });
  await fc.assert(property, { numRuns });
  expect(read).toBeGreaterThan(0);
});

/** Each call of a person's, the same way. */
const liveCalls: readonly [name: string, right: object, call: (mailbox: Mailbox) => Promise<unknown>][] = [
  ['the live list', messages, (mailbox) => mailbox.listMessages({})],
  ['a live message', message, (mailbox) => mailbox.getMessage('a1', 'full')],
  ['the live labels', labels, (mailbox) => mailbox.listLabels()],
];

test.each(liveCalls)('%s is read or is an error of Google’s', async (_, right, call) => {
  const body = fc.oneof(
    almost(fc.constant(right)).map((value) => JSON.stringify(value) ?? ''),
    almostText(fc.constant(JSON.stringify(right))),
  );
  let read = 0;
  const property = fc.asyncProperty(body, async (answer) => {
    const transport = answering(answer, { headers: { 'content-type': 'application/json' } });
    const open = createMailboxOpener({ rootUrl: 'https://gmail.example.com/', transport, clock: () => now });
    const found = await laterOrProblem(
      () => call(open('an access token')),
      'google_error',
      'google_unavailable',
    );
    if (found !== undefined) read += 1;
  });
  await fc.assert(property, { numRuns });
  expect(read).toBeGreaterThan(0);
});

test('a message is copied with every field, or named as unreadable without what it holds', () => {
  const copied = v.strictObject({
    ...{ id: text, threadId: text, labelIds: v.array(text), historyId: v.pipe(text, v.regex(/^\d{20}$/)) },
    ...{ internalDate: v.pipe(v.number(), v.safeInteger()), size: v.number() },
    ...{ snippet: text, from: text, to: text, subject: text },
  });
  const unreadable = v.strictObject({
    id: v.optional(text),
    reason: v.pipe(text, v.regex(/^unreadable [\w.]+$/)),
  });
  const found = new Set<boolean>();
  const property = fc.property(almost(fc.constant(message)), (value) => {
    const read = bounded(() => readMessage(value));
    found.add('reason' in read);
    expectType('reason' in read ? unreadable : copied, read);
  });
  fc.assert(property, { numRuns });
  expect(found.size).toBe(2);
});

describe('an error', () => {
  const right = gmailError(403, 'rateLimitExceeded', 'Slow down. Retry after 2026-11-22T12:00:30.000Z');

  test('of Gmail’s says words and reasons, or nothing', () => {
    const property = fc.property(almost(fc.constant(right)), (body) => {
      expectType(
        v.strictObject({ message: text, reasons: v.array(text) }),
        bounded(() => readGmailError(body)),
      );
    });
    fc.assert(property, { numRuns });
  });

  test('with any status, body and time is a problem or a refused token', async () => {
    const body = fc.oneof(
      almost(fc.constant(right)).map((value) => JSON.stringify(value) ?? ''),
      almostText(fc.constant(JSON.stringify(right))),
    );
    const wait = fc.oneof(
      almostText(fc.constantFrom('120', 'Sun, 22 Nov 2026 12:01:00 GMT')),
      fc.constant('-1'),
    );
    const property = fc.asyncProperty(
      fc.integer({ min: 400, max: 599 }),
      body,
      wait,
      async (status, answer, time) => {
        const headers = new Headers({ 'content-type': 'application/json' });
        if (isHeaderValue(time)) headers.set('retry-after', time);
        const error: unknown = await openOver(answering(answer, { status, headers }))
          .getProfile()
          .catch((thrown: unknown) => thrown);
        expectRefusal(error);
        if (error instanceof Problem) expectType(wholeSeconds, error.options.retryAfterSeconds);
      },
    );
    await fc.assert(property, { numRuns });
  });

  test('that is anything at all is a problem', () => {
    const shape = almost(
      fc.constant({ code: 'ETIMEDOUT', response: { status: 503, data: right }, cause: { type: 'max-size' } }),
    );
    const withHeaders = shape.map((value) =>
      Object.assign(Object(value), { response: { status: 503, headers: { get: () => 3 } } }),
    );
    const property = fc.property(fc.oneof(shape, withHeaders, fc.anything()), (thrown) => {
      expectRefusal(bounded(() => gmailProblem(thrown, now)));
    });
    fc.assert(property, { numRuns });
  });

  test('names a time within a day, or none', () => {
    const words = almostText(fc.constant('User-rate limit exceeded.  Retry after 2026-11-22T12:00:30.000Z'));
    const header = almostText(fc.constantFrom('120', 'Sun, 22 Nov 2026 12:01:00 GMT', ''));
    const property = fc.property(words, header, (sentence, value) => {
      expectType(
        wholeSeconds,
        bounded(() => retryAfterSeconds({ get: () => value }, sentence, now)),
      );
    });
    fc.assert(property, { numRuns });
  });
});

const wholeSeconds = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(86_400)));

function expectRefusal(error: unknown): void {
  expect(error instanceof Problem || error instanceof AccessTokenRefused).toBe(true);
}

function isHeaderValue(value: string): boolean {
  try {
    return new Headers({ a: value }).has('a');
  } catch {
    return false;
  }
}
