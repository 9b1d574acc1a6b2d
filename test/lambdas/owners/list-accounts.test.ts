import { describe, expect, test } from 'vitest';
import { createHandler } from '../../../lambdas/http/handler.ts';
import type { Account } from '../../../lambdas/owners/account.ts';
import type { AccountPage, AccountQuery } from '../../../lambdas/owners/account-list.ts';
import { listAccountsRoute } from '../../../lambdas/owners/list-accounts.ts';
import { ask, backendRole, bytesInResponse, jsonOf, type TestRequest } from '../../support/api-event.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { askedScopes, grantedScopes } from '../../support/doubles/grants.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';

const origin = 'https://mail.example.com';
const ann: Account = {
  accountId: '1',
  generation: 'generation-1',
  status: 'active',
  email: 'Ann@example.com',
  owner: 'tenant-1',
  scopes: grantedScopes,
  connectedAt: testStart,
};
const bob: Account = { ...ann, accountId: '2', email: 'bob@example.com', owner: undefined };

/** The function over a list that answers this page. */
function open(page: AccountPage = { accounts: [] }) {
  const asked: AccountQuery[] = [];
  const accounts = {
    list: async (query: AccountQuery) => {
      asked.push(query);
      return page;
    },
  };
  const handler = createHandler(listAccountsRoute({ accounts, scopes: askedScopes }), {
    origin,
    log: recordingLog(),
  });
  const list = (query = '', request: TestRequest = { signedBy: backendRole }) =>
    ask(handler, 'GET /accounts', { query, ...request });
  return { list, asked };
}

test('an account is told by number, address, owner and how it stands, and by nothing of its tokens', async () => {
  const { list } = open({ accounts: [ann, bob] });
  const answer = await list();
  expect(answer.status).toBe(200);
  const shown = { status: 'active', scopes: grantedScopes, connectedAt: '2026-11-01T00:00:00.000Z' };
  expect(jsonOf(answer)).toEqual({
    accounts: [
      { id: '1', email: 'Ann@example.com', owner: 'tenant-1', ...shown },
      { id: '2', email: 'bob@example.com', ...shown },
    ],
  });
});

test('all of the stage are asked for, a hundred at once, unless something is said', async () => {
  const { list, asked } = open();
  expect(jsonOf(await list())).toEqual({ accounts: [] });
  expect(asked).toEqual([{ limit: 100 }]);
});

test('they may be asked for by owner, address and status', async () => {
  const { list, asked } = open();
  await list('owner=tenant%201&email=Ann%40Example.com&status=revoked&maxResults=500');
  expect(asked).toEqual([{ owner: 'tenant 1', email: 'Ann@Example.com', status: 'revoked', limit: 500 }]);
});

test('a page ends before the answer is too large to be sent, and goes on after the last account that is in it', async () => {
  const scopes = Array(500).fill('"'.repeat(2_000));
  const { list, asked } = open({
    accounts: [ann, bob].map((account) => ({ ...account, scopes })),
    next: '2',
  });
  const answer = await list();
  expect(bytesInResponse(answer)).toBeLessThanOrEqual(5_500_000);
  expect(jsonOf(answer)).toMatchObject({ accounts: [{ id: '1' }] });
  await list(`pageToken=${jsonOf(answer)['nextPageToken']}`);
  expect(asked[1]).toEqual({ limit: 100, after: '1' });
});

describe('the status', () => {
  const narrow: Account = { ...ann, accountId: '3', scopes: ['openid'] };

  test('insufficient_scope is that of active grants which lack what is asked now', async () => {
    const { list, asked } = open({ accounts: [ann, narrow] });
    expect(jsonOf(await list('status=insufficient_scope'))).toMatchObject({
      accounts: [{ id: '3', status: 'insufficient_scope' }],
    });
    expect(asked).toMatchObject([{ status: 'active' }]);
  });

  test('active is that of the others alone', async () => {
    const { list } = open({ accounts: [ann, narrow] });
    expect(jsonOf(await list('status=active'))).toMatchObject({ accounts: [{ id: '1' }] });
  });
});

describe('a page token', () => {
  const query = 'owner=tenant-1&email=ann%40example.com&status=active';

  async function tokenOf(of = query): Promise<string> {
    const { nextPageToken } = jsonOf(await open({ accounts: [ann], next: '1' }).list(of));
    return String(nextPageToken);
  }

  test('goes on where the page ended, with any number of accounts', async () => {
    const { list, asked } = open();
    await list(`${query}&maxResults=7&pageToken=${await tokenOf()}`);
    expect(asked).toMatchObject([{ after: '1', limit: 7 }]);
  });

  test('is given with an empty page too', async () => {
    expect(jsonOf(await open({ accounts: [], next: '9' }).list())).toEqual({
      accounts: [],
      nextPageToken: expect.any(String),
    });
  });

  test.each([
    ['without an owner', 'email=ann%40example.com&status=active'],
    ['with another owner', 'owner=tenant-2&email=ann%40example.com&status=active'],
    ['with another address', 'owner=tenant-1&email=bob%40example.com&status=active'],
    ['with another status', 'owner=tenant-1&email=ann%40example.com&status=revoked'],
    ['of everything', ''],
  ])('belongs to its query: it is refused %s', async (_, other) => {
    const { list, asked } = open();
    expect(jsonOf(await list(`${other}&pageToken=${await tokenOf()}`))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      detail: 'Query parameters: pageToken does not belong to this query.',
    });
    expect(asked).toEqual([]);
  });

  test('is not the other way round either: one of everything opens no owner’s list', async () => {
    expect((await open().list(`owner=tenant-1&pageToken=${await tokenOf('')}`)).status).toBe(400);
  });

  test.each(['x', '', 'AAAA', Buffer.from(`${'a'.repeat(22)}.1`).toString('base64url')])(
    'is not made up: %j',
    async (token) => {
      const { list, asked } = open();
      expect((await list(`pageToken=${token}`)).status).toBe(400);
      expect(asked).toEqual([]);
    },
  );

  test('does not care how the letters of the address are written', async () => {
    const { list } = open();
    const shouted = 'owner=tenant-1&email=ANN%40EXAMPLE.COM&status=active';
    expect((await list(`${shouted}&pageToken=${await tokenOf()}`)).status).toBe(200);
  });
});

describe('a query that is not valid is answered in words', () => {
  test.each([
    ['owner=', 'owner must be given only once, with 1 to 256 characters'],
    ['owner=a&owner=b', 'owner must be given only once, with 1 to 256 characters'],
    ['email=', 'email is empty'],
    ['email=a&email=b', 'email may be given only once'],
    [`email=${'a'.repeat(321)}`, 'email is too long'],
    ['status=paused', 'status must be one of active, revoked, insufficient_scope, disconnecting'],
    ['maxResults=0', 'maxResults must be a whole number from 1 to 500'],
    ['maxResults=501', 'maxResults must be a whole number from 1 to 500'],
    [`pageToken=${'a'.repeat(501)}`, 'pageToken is too long'],
    ['onwer=a', 'onwer is not known; known are owner, email, status, pageToken and maxResults'],
  ])('%s', async (query, words) => {
    const { list, asked } = open();
    expect(jsonOf(await list(query))).toMatchObject({ status: 400, detail: `Query parameters: ${words}.` });
    expect(asked).toEqual([]);
  });
});
