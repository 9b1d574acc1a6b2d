import { describe, expect, test } from 'vitest';
import type { CopiedMessage, MailboxKey } from '../../../lambdas/copied-message.ts';
import { getCopiedRoute } from '../../../lambdas/copy/get-copied.ts';
import { listCopyRoute } from '../../../lambdas/copy/list-copy.ts';
import type { CopyPage, CopyQuery } from '../../../lambdas/copy/read-copy.ts';
import { Problem } from '../../../lambdas/errors.ts';
import { createCookieJar } from '../../../lambdas/http/cookies.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import type { AccountSummary } from '../../../lambdas/sessions/caller.ts';
import { ask, backendRole, bytesInResponse, jsonOf, type TestRequest } from '../../support/api-event.ts';
import { testClock } from '../../support/doubles/clock.ts';
import { memorySessions, sessionOf } from '../../support/doubles/memory-sessions.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';
import { messageOf } from '../aws/copied-messages.ts';

const origin = 'https://mail.example.com';
const session = tokenNamed('session');
const cookies = { '__Host-session': session };

const active: AccountSummary = {
  accountId: 'account-1',
  generation: 'generation-1',
  status: 'active',
  owner: 'tenant-1',
};

/** The function over a copy that answers this page. */
function open({
  page = { messages: [] },
  account = active,
  held = [],
}: {
  page?: Omit<CopyPage, 'cursors'> | Problem;
  account?: AccountSummary | 'none';
  held?: readonly CopiedMessage[];
} = {}) {
  const asked: { mailbox: MailboxKey; query: CopyQuery }[] = [];
  const named: { mailbox: MailboxKey; ids: readonly string[] }[] = [];
  const lookups: string[] = [];
  const dependencies = {
    sessions: memorySessions(sessionOf(session)),
    findAccount: async (accountId: string) => {
      lookups.push(accountId);
      return account !== 'none' && accountId === 'account-1' ? account : undefined;
    },
    copy: {
      listByDate: async ({ accountId, generation }: MailboxKey, query: CopyQuery) => {
        asked.push({ mailbox: { accountId, generation }, query });
        if (page instanceof Problem) throw page;
        return { cursors: page.messages.map(({ id }) => `after-${id}`), ...page };
      },
    },
    copied: {
      find: async ({ accountId, generation }: MailboxKey, ids: readonly string[]) => {
        named.push({ mailbox: { accountId, generation }, ids });
        return new Map(held.filter(({ id }) => ids.includes(id)).map((message) => [message.id, message]));
      },
    },
    cookies: createCookieJar(origin),
    clock: testClock(),
  };
  const options = { origin, log: recordingLog() };
  const handler = createHandler(listCopyRoute(dependencies), options);
  const one = createHandler(getCopiedRoute(dependencies), options);
  const get = (id: string, given: Record<string, string> = cookies) =>
    ask(one, 'GET /mailbox/messages/{id}', { cookies: given, pathParameters: { id } });
  const getByBackend = (id: string, query = '') =>
    ask(one, 'GET /accounts/{accountId}/mailbox/messages/{id}', {
      ...{ query, signedBy: backendRole },
      pathParameters: { accountId: 'account-1', id },
    });
  const list = (query = '', given: Record<string, string> = cookies) =>
    ask(handler, 'GET /mailbox/messages', { query, cookies: given });
  const byBackend = (request: TestRequest) =>
    ask(handler, 'GET /accounts/{accountId}/mailbox/messages', {
      pathParameters: { accountId: 'account-1' },
      ...request,
    });
  const backend = (query = '', accountId = 'account-1') =>
    byBackend({ query, pathParameters: { accountId }, signedBy: backendRole });
  const signed = () => ask(handler, 'GET /mailbox/messages', { signedBy: backendRole });
  return { list, get, getByBackend, byBackend, backend, signed, asked, named, lookups };
}

describe('the copy', () => {
  test('is answered in the words of Gmail, without what only the sync needs', async () => {
    const { list } = open({ page: { messages: [messageOf(1)], cursor: 'next' } });
    const answer = await list();
    expect(answer.status).toBe(200);
    expect(jsonOf(answer)).toEqual({
      messages: [
        {
          id: 'm000001',
          threadId: 't1',
          labelIds: ['INBOX'],
          internalDate: '1793491201000',
          from: 'Ann <ann@example.com>',
          to: 'Bob <bob@example.com>',
          subject: 'Subject 1',
          snippet: '',
          size: 1_001,
        },
      ],
      nextPageToken: 'next',
    });
  });

  test('ends a page before the answer is too large to be sent, and says where to go on', async () => {
    const messages = [1, 2, 3, 4, 5].map((number) => messageOf(number, { to: '"'.repeat(380_000) }));
    const answer = await open({ page: { messages, cursor: 'next' } }).list();
    expect(bytesInResponse(answer)).toBeLessThanOrEqual(5_500_000);
    const ids = messages.slice(0, 3).map(({ id }) => ({ id }));
    expect(jsonOf(answer)).toMatchObject({ messages: ids, nextPageToken: 'after-m000003' });
  });

  test('has no next page when there is none', async () => {
    expect(jsonOf(await open().list())).toEqual({ messages: [] });
  });

  test('is that of the session’s account and generation, a hundred messages at once', async () => {
    const { list, asked } = open();
    await list();
    expect(asked).toEqual([
      { mailbox: { accountId: 'account-1', generation: 'generation-1' }, query: { limit: 100 } },
    ]);
  });

  test('is asked by label, time and page', async () => {
    const { list, asked } = open();
    await list(
      'labelId=Label_1&after=2026-11-01&before=2026-11-02T12:30:00%2B02:00&pageToken=next&maxResults=500',
    );
    expect(asked[0]?.query).toEqual({
      labelId: 'Label_1',
      after: Date.UTC(2026, 10, 1),
      before: Date.UTC(2026, 10, 2, 10, 30),
      cursor: 'next',
      limit: 500,
    });
  });
});

test.each([
  ['2026-11-01', Date.UTC(2026, 10, 1)],
  ['2026-11-01T08:00Z', Date.UTC(2026, 10, 1, 8)],
  ['2026-11-01T08:00:00.250Z', Date.UTC(2026, 10, 1, 8, 0, 0, 250)],
  ['2028-02-29', Date.UTC(2028, 1, 29)],
  ['1793491200000', Date.UTC(2026, 10, 1)],
  ['1960-01-01', Date.UTC(1960, 0, 1)],
  ['0001-01-01', -62_135_596_800_000],
  ['-315619200000', Date.UTC(1960, 0, 1)],
  ['9999-12-31T23:59:59Z', 253_402_300_799_000],
  ['253402300799000', 253_402_300_799_000],
])('a time may be written %s', async (text, moment) => {
  const { list, asked } = open();
  await list(`after=${text}`);
  await list(`before=${text}`);
  expect(asked.map(({ query }) => query)).toMatchObject([{ after: moment }, { before: moment }]);
});

const timeWords =
  'must be a date such as 2026-11-01, a time such as 2026-11-01T12:00:00Z, or epoch milliseconds of 12 to 15 digits';

const labelWords =
  'must be the ID of a label, such as INBOX or Label_1, not its name: GET /mailbox/labels lists the IDs';

test.each(['INBOX', 'CATEGORY_UPDATES', 'YELLOW_STAR', 'Label_1', 'Label_5489512345678901234'])(
  'the label ID %s is taken, whether or not a message has it',
  async (labelId) => {
    const { list, asked } = open();
    expect((await list(`labelId=${labelId}`)).status).toBe(200);
    expect(asked[0]?.query).toMatchObject({ labelId });
  },
);

describe('a query that is not valid is answered in words, and the copy is not read', () => {
  test.each([
    ['after=yesterday', `after ${timeWords}`],
    ['after=1793491200', `after ${timeWords}`],
    ['before=2026-02-31', `before ${timeWords}`],
    ['before=2026-13-01', `before ${timeWords}`],
    ['before=2026-11-01T08:00:00', `before ${timeWords}`],
    ['before=', `before ${timeWords}`],
    ['after=2026-11-01&after=2026-11-02', 'after may be given only once'],
    ['after=2026-11-02&before=2026-11-01', 'query after must be earlier than before'],
    ['after=2026-11-01&before=2026-11-01', 'query after must be earlier than before'],
    ['maxResults=0', 'maxResults must be a whole number from 1 to 500'],
    ['maxResults=501', 'maxResults must be a whole number from 1 to 500'],
    ['labelId=', `labelId ${labelWords}`],
    ['labelId=Work/Projects', `labelId ${labelWords}`],
    ['labelId=Receipts', `labelId ${labelWords}`],
    ['labelId=label_1', `labelId ${labelWords}`],
    ['labelId=WORK', `labelId ${labelWords}`],
    [`labelId=Label_${'1'.repeat(300)}`, `labelId ${labelWords}`],
    ['labelId=A&labelId=B', 'labelId may be given only once'],
    [`pageToken=${'a'.repeat(501)}`, 'pageToken is too long'],
    ['ids=', 'ids must be 1 to 100 IDs of messages, separated by commas'],
    ['ids=a,b%2Fc', 'ids must be 1 to 100 IDs of messages, separated by commas'],
    [
      `ids=${Array.from({ length: 101 }, (_, index) => index)}`,
      'ids must be 1 to 100 IDs of messages, separated by commas',
    ],
    ['ids=a&labelId=INBOX', 'query ids names the messages: leave labelId, after and before out'],
    ['q=a', 'q is not known; known are ids, labelId, after, before, pageToken and maxResults'],
  ])('%s', async (query, words) => {
    const { list, asked } = open();
    expect(jsonOf(await list(query))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      detail: `Query parameters: ${words}.`,
    });
    expect(asked).toEqual([]);
  });

  test('and so is a page token that the copy refuses', async () => {
    const { list } = open({ page: new Problem('invalid_request', { detail: 'pageToken is wrong' }) });
    expect(jsonOf(await list('pageToken=x'))).toMatchObject({ status: 400, detail: 'pageToken is wrong' });
  });
});

describe('messages that are asked for by their IDs', () => {
  const mailbox = { accountId: 'account-1', generation: 'generation-1' };
  const held = [messageOf(1), messageOf(2, { labelIds: ['TRASH'] })];

  test('come in that order, once each, Spam and Trash too, and the missing ones are named', async () => {
    const { list, named, asked } = open({ held });
    const answer = jsonOf(await list('ids=gone,m000002,m000001,m000002'));
    expect(answer).toMatchObject({ messages: [{ id: 'm000002' }, { id: 'm000001' }], missing: ['gone'] });
    expect(answer).not.toHaveProperty('nextPageToken');
    expect(named).toEqual([{ mailbox, ids: ['gone', 'm000002', 'm000001'] }]);
    expect(asked).toEqual([]);
  });

  test('come page by page where one answer cannot hold them, none twice and none lost', async () => {
    const large = [1, 2, 3, 4, 5].map((number) => messageOf(number, { to: '"'.repeat(380_000) }));
    const { list } = open({ held: large });
    const wanted = ['x1', 'm000001', 'm000002', 'm000003', 'x2', 'm000004', 'm000005', 'x3'];
    const seen: unknown[] = [];
    for (let token: unknown = ''; token !== undefined && seen.length <= wanted.length; ) {
      const query = `ids=${wanted}&maxResults=6${token === '' ? '' : `&pageToken=${token}`}`;
      const answer = await list(query);
      expect(bytesInResponse(answer)).toBeLessThanOrEqual(5_500_000);
      const { messages, missing, nextPageToken } = jsonOf(answer);
      if (!Array.isArray(messages) || !Array.isArray(missing)) throw new Error(answer.text);
      seen.push(...messages.map(({ id }: { id: unknown }) => id), ...missing);
      token = nextPageToken;
    }
    expect(seen.toSorted()).toEqual(wanted.toSorted());
  });

  test('come as many at once as maxResults says', async () => {
    const { list, named } = open({ held });
    const first = jsonOf(await list('ids=gone,m000001,m000002&maxResults=2'));
    expect(first).toMatchObject({ messages: [{ id: 'm000001' }], missing: ['gone'] });
    const rest = await list(`ids=gone,m000001,m000002&maxResults=2&pageToken=${first['nextPageToken']}`);
    expect(jsonOf(rest)).toEqual({ messages: [expect.objectContaining({ id: 'm000002' })], missing: [] });
    expect(named.map(({ ids }) => ids)).toEqual([['gone', 'm000001'], ['m000002']]);
  });

  test('do not go on by a page token of other IDs', async () => {
    const token = Buffer.from('m000009').toString('base64url');
    expect(jsonOf(await open({ held }).list(`ids=m000001&pageToken=${token}`))).toMatchObject({
      status: 400,
    });
  });

  test('or alone are what the copy holds of them, to its person and to a backend', async () => {
    const { get, getByBackend, named } = open({ held });
    for (const answer of [await get('m000002'), await getByBackend('m000002', 'owner=tenant-1')]) {
      expect(answer.status).toBe(200);
      expect(jsonOf(answer)).toEqual({
        ...{ id: 'm000002', threadId: 't2', labelIds: ['TRASH'], internalDate: '1793491202000' },
        ...{ from: 'Ann <ann@example.com>', to: 'Bob <bob@example.com>', subject: 'Subject 2' },
        ...{ snippet: '', size: 1_002 },
      });
    }
    expect(named).toEqual(Array(2).fill({ mailbox, ids: ['m000002'] }));
  });

  test.each([
    ['that the copy does not hold', 404, 'not_found', 'm000003'],
    ['whose ID can be none', 400, 'invalid_request', 'a/b'],
  ])('or alone are refused: one %s', async (_, status, code, id) => {
    expect(jsonOf(await open({ held }).get(id))).toMatchObject({ status, code });
  });

  test('or alone take no parameters', async () => {
    const answer = await open({ held }).getByBackend('m000001', 'labelId=INBOX');
    expect(jsonOf(answer)).toMatchObject({ code: 'invalid_request' });
  });

  test('are not given without a session, to another owner, or of a mailbox that is being disconnected', async () => {
    expect(jsonOf(await open({ held }).get('m000001', {}))).toMatchObject({ code: 'login_required' });
    expect(jsonOf(await open({ held }).getByBackend('m000001', 'owner=tenant-2'))).toMatchObject({
      status: 404,
    });
    const { get, list, named } = open({ held, account: { ...active, status: 'disconnecting' } });
    expect(jsonOf(await get('m000001'))).toMatchObject({ code: 'grant_revoked' });
    expect(jsonOf(await list('ids=m000001'))).toMatchObject({ code: 'grant_revoked' });
    expect(named).toEqual([]);
  });
});

test('a revoked grant still serves the copy', async () => {
  const { list } = open({ account: { ...active, status: 'revoked' } });
  expect((await list()).status).toBe(200);
});

test.each([
  ['nobody is signed in', 'login_required', active, {}],
  ['the account has connected anew', 'login_required', { ...active, generation: 'generation-2' }, cookies],
  ['it is being disconnected', 'grant_revoked', { ...active, status: 'disconnecting' }, cookies],
] as const)('when %s the copy is not read: %s', async (_, code, account, given) => {
  const { list, asked } = open({ account, page: { messages: [messageOf(1)] } });
  const answer = await list('', given);
  expect(jsonOf(answer)).toMatchObject({ status: 401, code, authorizationUrl: expect.any(String) });
  expect(asked).toEqual([]);
});

test('without a grant the copy is not read', async () => {
  const { list, asked } = open({ account: 'none' });
  expect(jsonOf(await list())).toMatchObject({ status: 401, code: 'login_required' });
  expect(asked).toEqual([]);
});

describe('a backend', () => {
  test('reads the copy of the account that it names, as its person does', async () => {
    const { backend, asked } = open({ page: { messages: [messageOf(1)], cursor: 'next' } });
    const answer = jsonOf(await backend('labelId=INBOX&maxResults=2'));
    expect(answer).toMatchObject({ messages: [{ id: 'm000001' }], nextPageToken: 'next' });
    expect(asked).toEqual([
      {
        mailbox: { accountId: 'account-1', generation: 'generation-1' },
        query: { labelId: 'INBOX', limit: 2 },
      },
    ]);
  });

  test.each([
    ['of another owner', 'owner=tenant-2', 'account-1', active],
    ['of nobody', 'owner=tenant-1', 'account-1', { ...active, owner: undefined }],
    ['that nobody connected', '', 'account-2', active],
  ] as const)('finds no account %s', async (_, query, accountId, account) => {
    const { backend, asked } = open({ account });
    expect(jsonOf(await backend(query, accountId))).toMatchObject({
      status: 404,
      code: 'not_found',
      detail: 'No such account is connected.',
    });
    expect(asked).toEqual([]);
  });

  test('is told, as its person is, when the account is being disconnected, and where to consent anew', async () => {
    const { backend, asked } = open({ account: { ...active, status: 'disconnecting' } });
    expect(jsonOf(await backend())).toMatchObject({
      status: 401,
      code: 'grant_revoked',
      authorizationUrl: `${origin}/auth/login`,
    });
    expect(asked).toEqual([]);
  });

  test.each([
    ['owner=', 'owner must be given only once'],
    ['owner=tenant-1&owner=tenant-2', 'owner must be given only once'],
    [`owner=${'a'.repeat(257)}`, 'owner must be given only once'],
    ['onwer=tenant-1', 'onwer is not known'],
  ])('is not given more than it meant to ask for: %s', async (query, words) => {
    const { backend, asked } = open();
    expect(jsonOf(await backend(query))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      detail: expect.stringContaining(words),
    });
    expect(asked).toEqual([]);
  });
});

test('a signature is no session: on the session’s route it proves nobody', async () => {
  const { asked, signed } = open();
  expect(jsonOf(await signed())).toMatchObject({ status: 401, code: 'login_required' });
  expect(asked).toEqual([]);
});
