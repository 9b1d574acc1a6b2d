import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import {
  createAccountList,
  createAccountReader,
  createAccountSummaryReader,
} from '../../../lambdas/aws/account-list.ts';
import { createGrantsTable } from '../../../lambdas/aws/grants-table.ts';
import type { Grant } from '../../../lambdas/grants/grant.ts';
import type { AccountQuery } from '../../../lambdas/owners/account-list.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { grantedScopes } from '../../support/doubles/grants.ts';

const grant: Grant = {
  accountId: '100',
  generation: 'generation-1',
  consentId: 'consent-1',
  status: 'active',
  email: 'Ann@Example.com',
  owner: 'tenant-1',
  clientId: 'client-1',
  scopes: grantedScopes,
  connectedAt: testStart,
  grantExpiresAt: testStart + 604_800_000,
  refreshToken: Uint8Array.from([1, 2, 3]),
  accessToken: { ciphertext: Uint8Array.from([4, 5, 6]), expiresAt: testStart + 3_600_000 },
};

async function build(...grants: readonly Grant[]) {
  const { tables, names, calls } = await dynamoDb();
  const store = createGrantsTable(tables, names.grants);
  await Promise.all(grants.map((each) => store.replace(each, undefined)));
  calls.length = 0;
  const { list } = createAccountList(tables, names.grants);
  /** The accounts of every page, and how many there were of each. */
  async function walk(query: Omit<AccountQuery, 'after'>) {
    const ids: string[] = [];
    const sizes: number[] = [];
    let after: string | undefined;
    do {
      const page = await list({ ...query, after });
      ids.push(...page.accounts.map(({ accountId }) => accountId));
      sizes.push(page.accounts.length);
      after = page.next;
    } while (after !== undefined && sizes.length < 1_000);
    return { ids, sizes };
  }
  return { tables, names, calls, store, list, walk };
}

const many = (count: number, changes: (index: number) => Partial<Grant> = () => ({})) =>
  Array.from({ length: count }, (_, index) => ({
    ...grant,
    accountId: String(1_000 + index),
    ...changes(index),
  }));

const idsOf = (grants: readonly Grant[]) => grants.map(({ accountId }) => accountId);

test('an account is what stands in its grant, without a token', async () => {
  const { list, calls, names } = await build(grant);
  const account = {
    accountId: '100',
    generation: 'generation-1',
    status: 'active',
    email: 'Ann@Example.com',
    owner: 'tenant-1',
    scopes: grantedScopes,
    connectedAt: testStart,
    grantExpiresAt: testStart + 604_800_000,
  };
  for (const query of [{}, { owner: 'tenant-1' }, { email: 'ann@example.com' }]) {
    expect(await list({ ...query, limit: 10 })).toEqual({ accounts: [account] });
  }
  expect(calls.map(({ action, input }) => [action, input['IndexName']])).toEqual([
    ['Scan', undefined],
    ['Query', 'byOwner'],
    ['BatchGetItem', undefined],
    ['Query', 'byEmail'],
    ['BatchGetItem', undefined],
  ]);
  for (const { input } of calls) {
    const { [names.grants]: batch } = (input['RequestItems'] ?? {}) as Record<string, typeof input>;
    const reading = batch ?? input;
    expect(Object.values(reading['ExpressionAttributeNames'] as object)).not.toContain('refreshToken');
    expect(reading['ProjectionExpression']).toEqual(expect.any(String));
  }
});

describe('accounts are listed', () => {
  test('of an owner, and of no other', async () => {
    const mine = many(3);
    const { walk } = await build(
      ...mine,
      { ...grant, owner: 'tenant-2' },
      { ...grant, accountId: '101', owner: undefined },
    );
    expect((await walk({ owner: 'tenant-1', limit: 2 })).ids.toSorted()).toEqual(idsOf(mine));
    expect((await walk({ owner: 'tenant', limit: 2 })).ids).toEqual([]);
  });

  test('of an address, however its letters are written', async () => {
    const { walk } = await build(grant, { ...grant, accountId: '101', email: 'bob@example.com' });
    expect((await walk({ email: 'ANN@example.COM', limit: 2 })).ids).toEqual(['100']);
    expect((await walk({ email: 'nn@example.com', limit: 2 })).ids).toEqual([]);
  });

  test('of a mailbox at Gmail, with dots and without, also where an older release stored the key', async () => {
    const email = 'First.Last@gmail.com';
    const { walk, tables, names } = await build(...many(2, (index) => ({ email, connectedAt: index })));
    const older = new UpdateCommand({
      TableName: names.grants,
      Key: { accountId: '1001' },
      UpdateExpression: 'SET emailKey = :key',
      ExpressionAttributeValues: { ':key': email.toLowerCase() },
    });
    await tables.send(older);
    expect((await walk({ email, limit: 1 })).ids).toEqual(['1001']);
    expect((await walk({ email: 'firstlast@GOOGLEMAIL.com', limit: 1 })).ids).toEqual(['1000']);
    expect((await walk({ email: 'firstlast@example.com', limit: 5 })).ids).toEqual([]);
  });

  test('of an address within an owner', async () => {
    const { walk } = await build(grant);
    expect((await walk({ email: 'ann@example.com', owner: 'tenant-1', limit: 1 })).ids).toEqual(['100']);
    expect((await walk({ email: 'ann@example.com', owner: 'tenant-2', limit: 1 })).ids).toEqual([]);
  });

  // An older release stored it with two: the one before, whom it did not ask again, and the one who has it now.
  test.each([
    ['of any owner and status', {}, ['99']],
    ['of its owner', { owner: 'tenant-2' }, ['99']],
    ['of its status', { status: 'revoked' }, ['99']],
    ['of the owner of the other', { owner: 'tenant-1' }, []],
    ['of the status of the other', { status: 'active' }, []],
  ] as const)(
    'of an address that two are stored with, the latest to consent alone: %s',
    async (_, query, ids) => {
      const now = {
        accountId: '99',
        owner: 'tenant-2',
        status: 'revoked',
        connectedAt: testStart + 1,
      } as const;
      const { walk } = await build(grant, { ...grant, ...now });
      expect((await walk({ email: 'ann@example.com', ...query, limit: 10 })).ids).toEqual(ids);
    },
  );

  test('without owner and address too, where nothing narrower is asked', async () => {
    const { walk } = await build(grant, { ...grant, accountId: '101', owner: undefined, email: '' });
    expect((await walk({ limit: 10 })).ids.toSorted()).toEqual(['100', '101']);
  });

  test.each(['active', 'revoked', 'disconnecting'] as const)('by the status %s', async (status) => {
    const { walk } = await build(
      { ...grant, accountId: '1', status: 'active' },
      { ...grant, accountId: '2', status: 'revoked' },
      { ...grant, accountId: '3', status: 'disconnecting' },
    );
    const expected = { active: ['1'], revoked: ['2'], disconnecting: ['3'] }[status];
    for (const query of [{}, { owner: 'tenant-1' }]) {
      expect((await walk({ ...query, status, limit: 5 })).ids).toEqual(expected);
    }
  });

  test('also when their row is of the time before there were owners', async () => {
    const { tables, names, walk } = await build(grant);
    const strip = new UpdateCommand({
      TableName: names.grants,
      Key: { accountId: '100' },
      UpdateExpression: 'REMOVE #owner, emailKey',
      ExpressionAttributeNames: { '#owner': 'owner' },
    });
    await tables.send(strip);
    expect((await walk({ limit: 5 })).ids).toEqual(['100']);
  });
});

describe('pages', () => {
  const grants = many(40, (index) => ({ status: index % 5 === 3 ? 'revoked' : 'active' }));
  const revoked = idsOf(grants.filter(({ status }) => status === 'revoked'));

  test.each([{}, { owner: 'tenant-1' }])(
    'give every account of %j once, as many at a time as were asked for',
    async (query) => {
      const { walk } = await build(...grants);
      const { ids, sizes } = await walk({ ...query, limit: 7 });
      expect(ids.toSorted()).toEqual(idsOf(grants));
      expect(sizes.filter((size) => size > 0)).toEqual([7, 7, 7, 7, 7, 5]);
    },
  );

  test('of exactly what there is are one, or one and an empty one', async () => {
    const { list } = await build(...grants);
    const page = await list({ owner: 'tenant-1', limit: 40 });
    expect(page.accounts).toHaveLength(40);
    const rest =
      page.next === undefined
        ? []
        : (await list({ owner: 'tenant-1', limit: 40, after: page.next })).accounts;
    expect(rest).toEqual([]);
  });

  test.each([{}, { owner: 'tenant-1' }])(
    'of few among many (%j) are filled as far as one may look',
    async (query) => {
      const { walk, calls } = await build(...grants);
      const { ids, sizes } = await walk({ ...query, status: 'revoked', limit: 3 });
      expect(ids.toSorted()).toEqual(revoked);
      expect(sizes.slice(0, 3)).toEqual([3, 3, 2]);
      expect(calls.length).toBeLessThan(10);
    },
  );

  test('of nothing among many end all the same', async () => {
    const { walk } = await build(...grants);
    expect((await walk({ status: 'disconnecting', limit: 1 })).ids).toEqual([]);
  });

  test('are bounded: whoever looks for few among very many goes on by the page token', async () => {
    // DynamoDB ends a read at 1 MB, here at about ten of these.
    const large = many(80, () => ({ refreshToken: new Uint8Array(100_000) }));
    const { list, walk, calls } = await build(...large);
    const page = await list({ status: 'revoked', limit: 1 });
    expect(page).toEqual({ accounts: [], next: expect.any(String) });
    expect(calls).toHaveLength(6);
    expect((await walk({ status: 'revoked', limit: 1 })).sizes).toEqual([0, 0]);
  });
});

describe('one account', () => {
  test('is read whole, but for its tokens', async () => {
    const { tables, names, calls } = await build(grant, { ...grant, accountId: '101', owner: undefined });
    const read = createAccountReader(tables, names.grants);
    expect(await read('100')).toEqual({
      accountId: '100',
      generation: 'generation-1',
      status: 'active',
      email: 'Ann@Example.com',
      owner: 'tenant-1',
      scopes: grantedScopes,
      connectedAt: testStart,
      grantExpiresAt: testStart + 604_800_000,
    });
    expect(await read('101')).not.toHaveProperty('owner');
    expect(await read('102')).toBeUndefined();
    expect(calls[0]).toMatchObject({ action: 'GetItem', input: { ConsistentRead: true } });
  });

  test('is read no further than whose it is', async () => {
    const { tables, names, calls } = await build(grant);
    const read = createAccountSummaryReader(tables, names.grants);
    expect(await read('100')).toEqual({
      accountId: '100',
      generation: 'generation-1',
      status: 'active',
      owner: 'tenant-1',
    });
    expect(await read('102')).toBeUndefined();
    expect(Object.values(calls[0]?.input['ExpressionAttributeNames'] as object).toSorted()).toEqual([
      'accountId',
      'generation',
      'owner',
      'status',
    ]);
  });
});

test('a table that is not there is the operator’s to mend', async () => {
  const { tables } = await build();
  const { list } = createAccountList(tables, 'gmail-offline-access-elsewhere');
  await expect(list({ limit: 1 })).rejects.toMatchObject({ code: 'misconfigured' });
});
