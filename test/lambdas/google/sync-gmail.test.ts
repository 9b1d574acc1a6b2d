import { describe, expect, test } from 'vitest';
import { AccessTokenRefused } from '../../../lambdas/errors.ts';
import type { HistoryRecord, SyncGmail } from '../../../lambdas/sync/job/sync-gmail.ts';
import { fault } from '../../infra/local/google/support.ts';
import { answering, failing, gmailError, now, openJson, openLocal, openOver } from './support.ts';

async function everyId(gmail: SyncGmail, labelId?: string): Promise<string[]> {
  const ids: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = await gmail.listMessages({ labelId, pageToken });
    if (page === 'refused') throw new Error('The page token was refused.');
    ids.push(...page.messages.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return ids;
}

async function everyRecord(gmail: SyncGmail, start: string): Promise<HistoryRecord[]> {
  const records: HistoryRecord[] = [];
  let pageToken: string | undefined;
  do {
    const page = await gmail.listHistory({ start, pageToken });
    if (typeof page === 'string') throw new Error(page);
    records.push(...page.records);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return records;
}

describe('over the local Google', () => {
  test('the list goes through all pages, Spam and Trash too', async () => {
    const { gmail, change, truth, units, forgetUsage } = await openLocal({ demoMessages: 520 });
    await change('POST', 'messages', [{ labelIds: ['SPAM'] }, { labelIds: ['TRASH'] }]);
    const messages = await truth();
    await forgetUsage();
    expect(await everyId(gmail)).toEqual(messages.map(({ id }) => id));
    expect(messages.some(({ labelIds }) => String(labelIds).includes('SPAM'))).toBe(true);
    expect(await units()).toBe(2 * 5);
    expect(await gmail.getProfile()).toMatchObject({
      emailAddress: 'ada@example.com',
      messagesTotal: messages.length,
    });
  });

  test('a label lists its messages, and one that is not there lists none', async () => {
    const { gmail, truth } = await openLocal();
    const starred = (await truth()).filter(({ labelIds }) => String(labelIds).split(',').includes('STARRED'));
    expect(await everyId(gmail, 'STARRED')).toEqual(starred.map(({ id }) => id));
    expect(await gmail.listMessages({ labelId: 'Label_deleted' })).toEqual({ messages: [] });
  });

  test('an empty mailbox lists nothing', async () => {
    const { gmail } = await openLocal({ demoMessages: 0 });
    expect(await gmail.listMessages({})).toEqual({ messages: [] });
  });

  test('labels are listed with their names', async () => {
    const { gmail } = await openLocal();
    const labels = [
      { id: 'TRASH', name: 'TRASH', type: 'system' },
      { id: 'Label_1', name: 'Receipts', type: 'user' },
    ];
    expect(await gmail.listLabels()).toEqual(expect.arrayContaining(labels));
  });

  test('the history tells what has happened since, also after an empty page', async () => {
    const { gmail, origin, change } = await openLocal();
    const { historyId: start } = await gmail.getProfile();
    const added = await change('POST', 'messages', { labelIds: ['INBOX', 'UNREAD'] });
    const id = String(added['ids']?.['0']);
    await change('POST', `messages/${id}/labels`, { add: ['STARRED'], remove: ['UNREAD'] });
    await change('DELETE', `messages/${id}`);
    await fault(origin, 'history.list', { emptyPage: true });
    expect(await everyRecord(gmail, start)).toMatchObject([
      { added: [{ id, threadId: expect.any(String) }], deleted: [], labelsAdded: [], labelsRemoved: [] },
      {
        added: [],
        labelsAdded: [{ id, labelIds: ['STARRED'] }],
        labelsRemoved: [{ id, labelIds: ['UNREAD'] }],
      },
      { added: [], deleted: [id], labelsAdded: [], labelsRemoved: [] },
    ]);
    const { historyId } = await gmail.getProfile();
    expect(await gmail.listHistory({ start: historyId })).toEqual({ records: [], historyId });
  });

  test('a start that is too long ago has expired', async () => {
    const { gmail, change } = await openLocal();
    const { historyId: start } = await gmail.getProfile();
    await change('POST', 'expire-history');
    await change('POST', 'messages', {});
    expect(await gmail.listHistory({ start })).toBe('expired');
  });

  test('a page token that Gmail does not know is refused', async () => {
    const { gmail } = await openLocal();
    const { historyId: start } = await gmail.getProfile();
    expect(await gmail.listMessages({ pageToken: 'nonsense' })).toBe('refused');
    expect(await gmail.listHistory({ start, pageToken: 'nonsense' })).toBe('refused');
  });

  test.each([
    ['getProfile', (gmail: SyncGmail) => gmail.getProfile()],
    ['messages.list', (gmail: SyncGmail) => gmail.listMessages({})],
    ['history.list', (gmail: SyncGmail, historyId: string) => gmail.listHistory({ start: historyId })],
    ['labels.list', (gmail: SyncGmail) => gmail.listLabels()],
  ])('%s is tried once, and its failure is told', async (method, call) => {
    const { gmail, origin } = await openLocal();
    const { historyId } = await gmail.getProfile();
    await fault(origin, method, { status: 503 });
    await expect(call(gmail, historyId)).rejects.toMatchObject({ code: 'google_unavailable' });
    await fault(origin, method, { reset: true });
    await expect(call(gmail, historyId)).rejects.toMatchObject({ code: 'google_unavailable' });
    await fault(origin, method, { status: 429 });
    await expect(call(gmail, historyId)).rejects.toMatchObject({ code: 'rate_limited', options: {} });
  });
});

test.each([
  ['Mail service not enabled', 'gmail_not_enabled'],
  ['Precondition check failed.', 'google_unavailable'],
])('%s is no refusal of a page token', async (message, code) => {
  const gmail = openJson(gmailError(400, 'failedPrecondition', message), { status: 400 });
  await expect(gmail.listMessages({ pageToken: 'p' })).rejects.toMatchObject({ code });
  await expect(gmail.listHistory({ start: '1', pageToken: 'p' })).rejects.toMatchObject({ code });
});

describe('a refusal', () => {
  const calls: [string, (gmail: SyncGmail) => Promise<unknown>][] = [
    ['getProfile', (gmail) => gmail.getProfile()],
    ['listMessages', (gmail) => gmail.listMessages({})],
    ['listHistory', (gmail) => gmail.listHistory({ start: '1' })],
    ['listLabels', (gmail) => gmail.listLabels()],
    ['fetch', (gmail) => gmail.fetch([{ kind: 'message', id: '1' }])],
  ];

  describe.each(calls)('of %s', (_, call) => {
    test('for its token', async () => {
      const gmail = openJson(gmailError(401, 'authError'), { status: 401 });
      await expect(call(gmail)).rejects.toBeInstanceOf(AccessTokenRefused);
    });

    test.each([
      [403, 'domainPolicy', 'domain_policy'],
      [403, 'insufficientPermissions', 'insufficient_scope'],
      [403, 'userRateLimitExceeded', 'rate_limited'],
      [403, 'accessNotConfigured', 'misconfigured'],
      [403, 'somethingNew', 'google_error'],
      [418, 'teapot', 'google_error'],
    ])('for %i %s', async (status, reason, code) => {
      await expect(call(openJson(gmailError(status, reason), { status }))).rejects.toMatchObject({ code });
    });

    test.each([
      ['in a header, in seconds', { headers: { 'retry-after': '17' } }, 'Slow down.', 17],
      [
        'in a header, as a date',
        { headers: { 'retry-after': 'Sun, 22 Nov 2026 12:01:30 GMT' } },
        'Slow down.',
        90,
      ],
      ['in its text', {}, 'User-rate limit exceeded.  Retry after 2026-11-22T12:05:00.001Z (Mail)', 301],
      [
        'in its text, beside a header that says nothing',
        { headers: { 'retry-after': 'soon' } },
        'Retry after 2026-11-22T12:00:05Z.',
        5,
      ],
      ['that is over already', {}, `Retry after ${new Date(now - 1000).toISOString()}`, 1],
      ['nowhere', {}, 'Too many concurrent requests for user', undefined],
    ])('that names its time %s', async (_place, init, message, retryAfterSeconds) => {
      const gmail = openJson(gmailError(429, 'rateLimitExceeded', message), { status: 429, ...init });
      const refusal = await call(gmail).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'rate_limited', options: {} });
      expect(refusal).toHaveProperty('options', retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
    });

    test('by silence', async () => {
      const late = Object.assign(new Error('too late'), { code: 'ETIMEDOUT' });
      const transport = failing(late);
      const answer = await call(openOver(transport)).catch((error: unknown) => error);
      // A batch is worth another try, with fewer parts.
      expect(answer).toMatchObject(Array.isArray(answer) ? [{ kind: 'again' }] : { code: 'google_timeout' });
      expect(transport.calls).toBe(1);
    });
  });
});

describe('an answer of an unknown form is an error of Google’s', () => {
  const numbers = { history: [], historyId: 9_007_199_254 };
  test.each([
    ['history IDs that are numbers', (gmail: SyncGmail) => gmail.listHistory({ start: '1' }), numbers],
    ['messages without a thread', (gmail: SyncGmail) => gmail.listMessages({}), { messages: [{ id: '1' }] }],
    ['a profile without a history ID', (gmail: SyncGmail) => gmail.getProfile(), { messagesTotal: 1 }],
    ['labels that are no list', (gmail: SyncGmail) => gmail.listLabels(), { labels: {} }],
  ])('%s', async (_, call, body) => {
    await expect(call(openJson(body))).rejects.toMatchObject({ code: 'google_error' });
  });

  test('a page that is no JSON', async () => {
    const transport = answering('<html>', { headers: { 'content-type': 'application/json' } });
    await expect(openOver(transport).listMessages({})).rejects.toMatchObject({ code: 'google_error' });
  });
});

describe('a record of the history that cannot be read', () => {
  const whole = { id: '12', messagesDeleted: [{ message: { id: 'c' } }] };

  test.each<[string, Record<string, unknown>, readonly string[]]>([
    ['lacks a thread', { id: '11', messagesAdded: [{ message: { id: 'a' } }] }, ['a']],
    ['says only which messages changed', { id: '11', messages: [{ id: 'a' }, { id: 'b' }] }, ['a', 'b']],
    ['has a list that is none', { id: '11', labelsAdded: { message: { id: 'a' } } }, ['a']],
    ['is empty', { id: '11' }, []],
  ])('that %s costs no other: what it names is unclear', async (_, odd, unclear) => {
    const page = await openJson({ history: [odd, whole], historyId: '12' }).listHistory({ start: '9' });
    expect(page).toMatchObject({
      records: [
        { historyId: '11', added: [], unclear },
        { historyId: '12', deleted: ['c'] },
      ],
    });
  });

  test('and has no ID counts under the ID before it', async () => {
    const body = { history: [{ messages: [{ id: 'a' }] }, whole], historyId: '12' };
    const page = await openJson(body).listHistory({ start: '9' });
    expect(page).toMatchObject({ records: [{ historyId: '9', unclear: ['a'] }, { historyId: '12' }] });
  });
});

test('a page token that is answered with 404 is refused, and no history is lost, no label gone', async () => {
  const gmail = openJson(gmailError(404, 'notFound'), { status: 404 });
  expect(await gmail.listMessages({ pageToken: 'p' })).toBe('refused');
  expect(await gmail.listMessages({ pageToken: 'p', labelId: 'Label_1' })).toBe('refused');
  expect(await gmail.listHistory({ start: '9', pageToken: 'p' })).toBe('refused');
  expect(await gmail.listHistory({ start: '9' })).toBe('expired');
});

test('a page of the history over what the transport takes is too large', async () => {
  const transport = failing(Object.assign(new Error('too large'), { type: 'max-size' }));
  expect(await openOver(transport).listHistory({ start: '9' })).toBe('too large');
});
