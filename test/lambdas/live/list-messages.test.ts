import { describe, expect, test } from 'vitest';
import { AccessTokenRefused, Problem, type ProblemCode, problems } from '../../../lambdas/errors.ts';
import { jsonOf } from '../../support/api-event.ts';
import { messagesOf, pagesOf } from '../../support/doubles/scripted-mailbox.ts';
import { liveSite } from '../../support/live-site.ts';

describe('one page', () => {
  test('is what Gmail gives, asked with the stored access token', async () => {
    const { list, mailbox, google } = await liveSite();
    const answer = await list();
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(jsonOf(answer)).toEqual({ messages: messagesOf(1, 2), resultSizeEstimate: 201 });
    expect(mailbox.lists).toEqual([{}]);
    expect(mailbox.tokens).toEqual(['stored-access-token']);
    expect(google.calls).toEqual([]);
  });

  test('carries the token of the next', async () => {
    const { list, mailbox } = await liveSite();
    mailbox.list = pagesOf(messagesOf(1), messagesOf(2));
    expect(jsonOf(await list())).toMatchObject({ messages: messagesOf(1), nextPageToken: 'page-2' });
    expect(jsonOf(await list('pageToken=page-2'))).toEqual({
      messages: messagesOf(2),
      resultSizeEstimate: 201,
    });
    expect(mailbox.lists).toHaveLength(2);
  });

  test('is an empty list when there is nothing', async () => {
    const { list, mailbox } = await liveSite();
    mailbox.list = async () => ({ messages: [], resultSizeEstimate: 0 });
    expect(jsonOf(await list('q=nothing'))).toEqual({ messages: [], resultSizeEstimate: 0 });
    expect(jsonOf(await list('q=nothing&all=true'))).toEqual({ messages: [], resultSizeEstimate: 0 });
  });

  test('is asked for in all the words Gmail knows', async () => {
    const { list, mailbox } = await liveSite();
    await list(
      'q=from%3Aann%20is%3Aunread&labelIds=INBOX&labelIds=Label_1&maxResults=500&pageToken=t&includeSpamTrash=true&all=false',
    );
    expect(mailbox.lists).toEqual([
      {
        q: 'from:ann is:unread',
        labelIds: ['INBOX', 'Label_1'],
        maxResults: 500,
        pageToken: 't',
        includeSpamTrash: true,
      },
    ]);
  });
});

describe('a query that is not valid', () => {
  test.each([
    ['maxResults=0', 'maxResults must be a whole number from 1 to 500'],
    ['maxResults=501', 'maxResults must be a whole number from 1 to 500'],
    ['maxResults=ten', 'maxResults must be a whole number from 1 to 500'],
    ['maxResults=5&maxResults=6', 'maxResults may be given only once'],
    ['includeSpamTrash=yes', 'includeSpamTrash must be true or false'],
    ['all=1', 'all must be true or false'],
    ['q=a&q=b', 'q may be given only once'],
    [`q=${'a'.repeat(2_001)}`, 'q is too long'],
    ['pageToken=a&pageToken=b', 'pageToken may be given only once'],
    [`pageToken=${'a'.repeat(501)}`, 'pageToken is too long'],
    [Array(51).fill('labelIds=A').join('&'), 'labelIds is given too often'],
    ['view=full', 'view must be ids or summary'],
    ['view=ids&view=summary', 'view may be given only once'],
    ['view=summary&all=true', 'query with view=summary gives one page: leave all out'],
    ['Q=a', 'Q is not known; known are q, labelIds, maxResults, pageToken, includeSpamTrash, all and view'],
  ])('is answered in words, and Gmail is not asked: %s', async (query, words) => {
    const { list, mailbox } = await liveSite();
    const answer = await list(query);
    expect(jsonOf(answer)).toMatchObject({
      status: 400,
      code: 'invalid_request',
      detail: `Query parameters: ${words}.`,
    });
    expect(mailbox.lists).toEqual([]);
  });

  test('is told everything that is wrong at once', async () => {
    const { list } = await liveSite();
    const { detail } = jsonOf(await list('maxResults=0&all=maybe&includeSpamTrash=1'));
    expect(detail).toMatch(/maxResults .*; .*includeSpamTrash .*; all /);
  });
});

describe('all=true', () => {
  test('follows the pages, the largest ones Gmail gives', async () => {
    const { list, mailbox } = await liveSite();
    mailbox.list = pagesOf(messagesOf(1, 2), messagesOf(3), messagesOf(4, 5));
    expect(jsonOf(await list('q=a&labelIds=B&all=true'))).toEqual({
      messages: messagesOf(1, 2, 3, 4, 5),
      resultSizeEstimate: 201,
    });
    const asked = { q: 'a', labelIds: ['B'], maxResults: 500 };
    expect(mailbox.lists).toEqual([
      asked,
      { ...asked, pageToken: 'page-2' },
      { ...asked, pageToken: 'page-3' },
    ]);
  });

  test('keeps the first page’s estimate: the later ones know of what is left', async () => {
    const { list, mailbox } = await liveSite();
    const pages = pagesOf(messagesOf(1), messagesOf(2), messagesOf(3));
    mailbox.list = async (query, token) => {
      const page = await pages(query, token);
      return { ...page, resultSizeEstimate: query.pageToken === undefined ? 201 : 7 };
    };
    expect(jsonOf(await list('all=true'))).toEqual({
      messages: messagesOf(1, 2, 3),
      resultSizeEstimate: 201,
    });
  });

  test.each([
    ['of the page before', 'all=true'],
    ['of the request', 'pageToken=page-2'],
  ])('gives up where Gmail repeats the page token %s', async (_, query) => {
    const { list, mailbox } = await liveSite();
    mailbox.list = async () => ({
      messages: messagesOf(1),
      nextPageToken: 'page-2',
      resultSizeEstimate: 201,
    });
    expect(await list(query)).toMatchObject({
      status: 502,
      text: expect.stringContaining('google_error'),
    });
    expect(mailbox.lists.length).toBeLessThan(3);
  });

  test('goes through empty pages', async () => {
    const { list, mailbox } = await liveSite();
    mailbox.list = pagesOf([], messagesOf(1), [], [], messagesOf(2));
    expect(jsonOf(await list('all=true'))).toEqual({ messages: messagesOf(1, 2), resultSizeEstimate: 201 });
  });

  test('keeps to the page size that was asked, and goes on from a page token', async () => {
    const { list, mailbox } = await liveSite();
    mailbox.list = pagesOf(messagesOf(1), messagesOf(2), messagesOf(3));
    expect(jsonOf(await list('all=true&maxResults=1&pageToken=page-2'))).toMatchObject({
      messages: messagesOf(2, 3),
    });
    expect(mailbox.lists[0]).toEqual({ maxResults: 1, pageToken: 'page-2' });
  });

  /** Follows the answers to the end, as a caller would. */
  async function everything(list: Awaited<ReturnType<typeof liveSite>>['list'], remaining?: number) {
    const answers: { count: number; bytes: number }[] = [];
    const ids: unknown[] = [];
    for (let query: string | undefined = 'all=true'; query !== undefined; ) {
      const answer = await list(query, remaining === undefined ? {} : { remaining });
      const { messages, nextPageToken } = jsonOf(answer);
      if (!Array.isArray(messages)) throw new Error(answer.text);
      ids.push(...messages.map(({ id }: { id: unknown }) => id));
      answers.push({ count: messages.length, bytes: Buffer.byteLength(answer.text) });
      query = typeof nextPageToken === 'string' ? `all=true&pageToken=${nextPageToken}` : undefined;
    }
    return { answers, ids };
  }

  const manyPages = (count: number, size = 1) =>
    Array.from({ length: count }, (_, page) =>
      messagesOf(...Array.from({ length: size }, (_, index) => page * size + index)),
    );

  test('stops after 40 pages, and says where to go on', async () => {
    const { list, mailbox } = await liveSite();
    mailbox.list = pagesOf(...manyPages(95));
    expect(jsonOf(await list('all=true'))).toMatchObject({ nextPageToken: 'page-41' });
    expect(mailbox.lists).toHaveLength(40);
    const { answers, ids } = await everything(list);
    expect(answers.map(({ count }) => count)).toEqual([40, 40, 15]);
    expect(ids).toEqual(Array.from({ length: 95 }, (_, number) => `m${number}`));
  });

  test('stops before the answer outgrows a Lambda response; nothing is lost or doubled', async () => {
    const { list, mailbox } = await liveSite();
    const long = (number: number) => ({ id: `m${number}`.padEnd(2_500, '.'), threadId: 't' });
    const pages = Array.from({ length: 12 }, (_, page) =>
      Array.from({ length: 500 }, (_, index) => long(page * 500 + index)),
    );
    mailbox.list = pagesOf(...pages);
    const { answers, ids } = await everything(list);
    expect(answers.length).toBeGreaterThan(2);
    for (const { bytes } of answers) expect(bytes).toBeLessThanOrEqual(5_500_000);
    expect(ids).toEqual(pages.flat().map(({ id }) => id));
  });

  test('stops when time runs out, and says where to go on', async () => {
    const { list, mailbox, clock } = await liveSite();
    const pages = pagesOf(...manyPages(30));
    mailbox.list = (query, token) => {
      clock.pass(2_000);
      return pages(query, token);
    };
    const answer = jsonOf(await list('all=true', { remaining: 29_000 }));
    const taken = 2_000 * mailbox.lists.length;
    expect(taken).toBeGreaterThan(10_000);
    // The next page could have taken as long as Gmail may take: it must not have been begun.
    expect(taken - 2_000 + 8_000).toBeLessThan(29_000);
    expect(answer['nextPageToken']).toBe(`page-${mailbox.lists.length + 1}`);
    expect((await everything(list, 29_000)).ids).toHaveLength(30);
  });

  test('gives at least one page, however little time is left', async () => {
    const { list, mailbox } = await liveSite();
    mailbox.list = pagesOf(...manyPages(3));
    expect(jsonOf(await list('all=true', { remaining: 500 }))).toMatchObject({
      messages: messagesOf(0),
      nextPageToken: 'page-2',
    });
  });

  test('fails as a whole when a page fails: nothing is left out silently', async () => {
    const { list, mailbox } = await liveSite();
    const pages = pagesOf(...manyPages(3));
    mailbox.list = (query, token) =>
      query.pageToken === 'page-3'
        ? Promise.reject(new Problem('rate_limited', { retryAfterSeconds: 9 }))
        : pages(query, token);
    const answer = await list('all=true');
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '9' } });
    expect(answer.text).not.toContain('"m0"');
  });
});

describe('an access token that Gmail refuses', () => {
  const refuse =
    (...refused: string[]) =>
    async (_: unknown, token: string) => {
      if (refused.includes(token)) throw new AccessTokenRefused();
      return { messages: messagesOf(1), resultSizeEstimate: 1 };
    };

  test('is replaced once, and the same request answered', async () => {
    const { list, mailbox, google, grants } = await liveSite();
    mailbox.list = refuse('stored-access-token');
    expect((await list()).status).toBe(200);
    expect(mailbox.tokens).toEqual(['stored-access-token', 'fresh-1']);
    expect(google.calls).toEqual(['stored-refresh-token']);
    expect(grants.rows.get('account-1')?.status).toBe('active');
    expect((await list()).status).toBe(200);
    expect(google.calls).toHaveLength(1);
  });

  test('in the middle of a listing begins it anew: no page twice, none left out', async () => {
    const { list, mailbox } = await liveSite();
    const pages = pagesOf(messagesOf(1), messagesOf(2), messagesOf(3));
    mailbox.list = async (query, token) => {
      if (token === 'stored-access-token' && query.pageToken === 'page-3') throw new AccessTokenRefused();
      return pages(query, token);
    };
    expect(jsonOf(await list('all=true'))).toMatchObject({ messages: messagesOf(1, 2, 3) });
  });

  test('and whose replacement is refused too is a fault of Google: the grant stays active', async () => {
    const { list, mailbox, grants, google } = await liveSite();
    mailbox.list = refuse('stored-access-token', 'fresh-1');
    const answer = await list('q=a');
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '60' } });
    expect(jsonOf(answer)).toMatchObject({ code: 'google_unavailable' });
    expect(google.calls).toHaveLength(1);
    expect(mailbox.tokens).toHaveLength(2);
    expect(grants.rows.get('account-1')?.status).toBe('active');
    expect((await list()).status).toBe(200);
  });

  test('and whose refresh is refused means that the grant is dead', async () => {
    const { list, mailbox, google, grants } = await liveSite();
    mailbox.list = refuse('stored-access-token');
    google.answer = async () => 'revoked';
    expect(jsonOf(await list())).toMatchObject({ status: 401, code: 'grant_revoked' });
    expect(grants.rows.get('account-1')?.status).toBe('revoked');
    expect(mailbox.tokens).toHaveLength(1);
  });
});

const gmailProblems: ProblemCode[] = [
  'insufficient_scope',
  'domain_policy',
  'not_found',
  'rate_limited',
  'invalid_request',
  'google_error',
  'google_unavailable',
  'google_timeout',
];

test.each(gmailProblems)('%s is answered as it is, and harms no grant', async (code) => {
  const { list, mailbox, grants, grant, google } = await liveSite();
  mailbox.list = () => Promise.reject(new Problem(code));
  expect(jsonOf(await list())).toMatchObject({ status: problems[code].status, code });
  expect(grants.rows.get('account-1')).toEqual(grant);
  expect(mailbox.lists).toHaveLength(1);
  expect(google.calls).toEqual([]);
});

describe('a caller whose consent does not serve is not let through to Gmail', () => {
  test.each([
    ['login_required', 401, { generation: 'generation-2' }],
    ['login_required', 401, { accountId: 'account-2' }],
    ['grant_revoked', 401, { status: 'revoked' as const }],
    ['grant_revoked', 401, { status: 'disconnecting' as const }],
    ['client_changed', 401, { clientId: 'client-0' }],
    ['insufficient_scope', 403, { scopes: ['openid'] }],
  ])('%s', async (code, status, changes) => {
    const { list, mailbox } = await liveSite(changes);
    expect(jsonOf(await list())).toMatchObject({ status, code, authorizationUrl: expect.any(String) });
    expect(mailbox.lists).toEqual([]);
  });
});
