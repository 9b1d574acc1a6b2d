import { GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import {
  createEndingGrantReader,
  createGrantStatusReader,
  createGrantSummaryReader,
  createGrantsTable,
} from '../../../lambdas/aws/grants-table.ts';
import type { Grant } from '../../../lambdas/grants/grant.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { grantedScopes } from '../../support/doubles/grants.ts';

const grant: Grant = {
  accountId: 'account-1',
  generation: 'generation-1',
  consentId: 'consent-1',
  status: 'active',
  email: 'ann@example.com',
  clientId: 'client-1',
  scopes: grantedScopes,
  connectedAt: testStart,
  grantExpiresAt: testStart + 604_800_000,
  refreshToken: Uint8Array.from([1, 2, 3]),
  boundTo: 'thumbprint-1',
  accessToken: { ciphertext: Uint8Array.from([4, 5, 6]), expiresAt: testStart + 3_600_000 },
};
const { accessToken: _, ...withoutAccessToken } = grant;
const other: Grant = { ...grant, consentId: 'consent-2', refreshToken: Uint8Array.from([7]) };
const fresh = { ciphertext: Uint8Array.from([8, 9]), expiresAt: testStart + 7_200_000 };

async function build(...grants: readonly Grant[]) {
  const database = await dynamoDb();
  const store = createGrantsTable(database.tables, database.names.grants);
  for (const one of grants) await store.replace(one, undefined);
  const row = () => store.find('account-1');
  return { ...database, store, row };
}

test('a grant stands under its account, tokens as bytes, with its version', async () => {
  const { itemsOf } = await build(grant);
  const { accessToken, ...rest } = grant;
  expect(await itemsOf('grants')).toEqual([
    {
      ...rest,
      schemaVersion: 1,
      emailKey: 'ann@example.com',
      accessToken: accessToken?.ciphertext,
      accessTokenExpiresAt: accessToken?.expiresAt,
    },
  ]);
});

test('tokens are binary attributes on the wire: no text could slip in', async () => {
  const { tables, names } = await build(grant);
  const { Item: item } = await tables.send(
    new GetCommand({ TableName: names.grants, Key: { accountId: 'account-1' } }),
  );
  expect(item?.['refreshToken']).toBeInstanceOf(Uint8Array);
  expect(item?.['accessToken']).toBeInstanceOf(Uint8Array);
});

test('it is found as it was put in, with or without an access token', async () => {
  const { row, store } = await build(grant);
  expect(await row()).toEqual(grant);
  expect(await store.find('account-2')).toBeUndefined();
  await store.replace(withoutAccessToken, grant);
  expect(await row()).toEqual(withoutAccessToken);
});

describe('a grant is in the indexes', () => {
  /** The accounts that an index holds under a key. */
  const accountsUnder = async (
    { tables, names }: Awaited<ReturnType<typeof build>>,
    IndexName: string,
    [name, value]: [string, string],
  ) => {
    const command = new QueryCommand({
      TableName: names.grants,
      IndexName,
      KeyConditionExpression: '#key = :value',
      ExpressionAttributeNames: { '#key': name },
      ExpressionAttributeValues: { ':value': value },
    });
    const { Items: items = [] } = await tables.send(command);
    return items.map((item) => item['accountId']);
  };

  test('of its owner, who may have several, and in none without an owner', async () => {
    const built = await build(
      { ...grant, owner: 'tenant-1' },
      { ...grant, accountId: 'account-2', owner: 'tenant-1' },
      { ...grant, accountId: 'account-3', owner: 'tenant-2' },
      { ...grant, accountId: 'account-4' },
    );
    expect(await built.row()).toEqual({ ...grant, owner: 'tenant-1' });
    expect(await accountsUnder(built, 'byOwner', ['owner', 'tenant-1'])).toEqual(['account-1', 'account-2']);
    expect(await accountsUnder(built, 'byOwner', ['owner', 'tenant-2'])).toEqual(['account-3']);
  });

  test('of its address, however its letters are written', async () => {
    const built = await build({ ...grant, email: 'Ann@Example.com' });
    expect(await built.row()).toEqual({ ...grant, email: 'Ann@Example.com' });
    expect(await accountsUnder(built, 'byEmail', ['emailKey', 'ann@example.com'])).toEqual(['account-1']);
  });

  test('of no address where Google told none', async () => {
    const { row, itemsOf } = await build({ ...grant, email: '' });
    expect(await row()).toEqual({ ...grant, email: '' });
    expect(await itemsOf('grants')).toEqual([expect.not.objectContaining({ emailKey: expect.anything() })]);
  });
});

describe('a grant is replaced only as it was seen', () => {
  test('absent', async () => {
    const { store, row } = await build();
    expect(await store.replace(grant, undefined)).toBe(true);
    expect(await store.replace(other, undefined)).toBe(false);
    expect(await row()).toEqual(grant);
  });

  test('of the same consent and status', async () => {
    const { store, row } = await build(grant);
    expect(await store.replace(other, { consentId: 'consent-0', status: 'active' })).toBe(false);
    expect(await store.replace(other, { consentId: 'consent-1', status: 'revoked' })).toBe(false);
    expect(await row()).toEqual(grant);
    expect(await store.replace(other, grant)).toBe(true);
    expect(await row()).toEqual(other);
  });

  test('present, if it was seen present', async () => {
    const { store, row } = await build();
    expect(await store.replace(other, grant)).toBe(false);
    expect(await row()).toBeUndefined();
  });

  test('by one of two at once', async () => {
    const { store } = await build(grant);
    const won = await Promise.all([
      store.replace(other, grant),
      store.replace({ ...other, consentId: 'consent-3' }, grant),
    ]);
    expect(won.toSorted()).toEqual([false, true]);
  });
});

describe('an access token is stored', () => {
  test('under the same consent, and nothing else changes', async () => {
    const { store, row } = await build(grant);
    expect(await store.putAccessToken(grant, fresh)).toBe(true);
    expect(await row()).toEqual({ ...grant, accessToken: fresh });
  });

  test('with the end of the grant, where Google says it', async () => {
    const { store, row } = await build(grant);
    await store.putAccessToken(grant, fresh, testStart + 1);
    await store.putAccessToken(grant, fresh);
    expect(await row()).toEqual({ ...grant, accessToken: fresh, grantExpiresAt: testStart + 1 });
  });

  test('never under a newer consent', async () => {
    const { store, row } = await build(other);
    expect(await store.putAccessToken(grant, fresh)).toBe(false);
    expect(await row()).toEqual(other);
  });

  test.each(['revoked', 'disconnecting'] as const)('never in a grant that is %s', async (status) => {
    const { store, row } = await build({ ...grant, status });
    expect(await store.putAccessToken(grant, fresh)).toBe(false);
    expect(await row()).toEqual({ ...grant, status });
  });

  test('never where there is no grant: an erased one does not come back', async () => {
    const { store, itemsOf } = await build();
    expect(await store.putAccessToken(grant, fresh)).toBe(false);
    expect(await itemsOf('grants')).toEqual([]);
  });
});

test('the end of a grant is stored as announced, but not in a newer consent', async () => {
  const { store, row } = await build(grant);
  expect(await store.putAnnouncedExpiry(grant, 7)).toBe(true);
  expect(await store.putAnnouncedExpiry(other, 8)).toBe(false);
  expect(await row()).toEqual({ ...grant, announcedExpiry: 7 });
});

describe('an access token is dropped', () => {
  test.each([
    ['that was seen', grant.accessToken?.expiresAt ?? 0, grant, true],
    ['but no newer one', (grant.accessToken?.expiresAt ?? 0) - 1, grant, false],
    ['but none of a newer consent', other.accessToken?.expiresAt ?? 0, other, false],
  ])('%s', async (_, expiresAt, stored, expected) => {
    const { store, row } = await build(stored);
    expect(await store.dropAccessToken(grant, expiresAt)).toBe(expected);
    expect(await row()).toEqual(expected ? withoutAccessToken : stored);
  });
});

describe('a status is changed', () => {
  test.each([
    ['active', 'revoked', true],
    ['revoked', 'revoked', true],
    ['active', 'disconnecting', true],
    ['revoked', 'disconnecting', true],
    ['disconnecting', 'disconnecting', true],
    ['disconnecting', 'revoked', false],
  ] as const)('from %s to %s: %s', async (before, after, expected) => {
    const { store, row } = await build({ ...grant, status: before });
    expect(await store.putStatus(grant, after, testStart)).toBe(expected);
    expect(await row()).toEqual(
      expected
        ? { ...withoutAccessToken, status: after, statusSince: testStart }
        : { ...grant, status: before },
    );
  });

  test('once more, and counts from then on', async () => {
    const { store, row } = await build(grant);
    for (const now of [testStart, testStart + 60_000]) await store.putStatus(grant, 'disconnecting', now);
    expect(await row()).toMatchObject({ status: 'disconnecting', statusSince: testStart + 60_000 });
  });

  test('never under a newer consent', async () => {
    const { store, row } = await build(other);
    expect(await store.putStatus(grant, 'revoked', testStart)).toBe(false);
    expect(await row()).toEqual(other);
  });

  test('never where there is no grant', async () => {
    const { store, itemsOf } = await build();
    expect(await store.putStatus(grant, 'disconnecting', testStart)).toBe(false);
    expect(await itemsOf('grants')).toEqual([]);
  });
});

describe('a grant is erased', () => {
  test('when it is disconnecting in this generation', async () => {
    const { store, itemsOf } = await build({ ...grant, status: 'disconnecting' });
    expect(await store.erase(grant)).toBe(true);
    expect(await itemsOf('grants')).toEqual([]);
  });

  test('or gone already, as after a call whose answer was lost', async () => {
    const { store } = await build();
    expect(await store.erase(grant)).toBe(true);
  });

  test.each([
    ['it is active', { status: 'active' as const }],
    ['it is revoked', { status: 'revoked' as const }],
    ['it is of a later generation', { status: 'disconnecting' as const, generation: 'generation-2' }],
  ])('but not when %s', async (_, changes) => {
    const { store, row } = await build({ ...grant, ...changes });
    expect(await store.erase(grant)).toBe(false);
    expect(await row()).toEqual({ ...grant, ...changes });
  });
});

describe('who needs less of a grant reads less', () => {
  test('its status', async () => {
    const { tables, names } = await build({ ...grant, status: 'revoked' });
    const read = createGrantStatusReader(tables, names.grants);
    expect(await read('account-1')).toBe('revoked');
    expect(await read('account-2')).toBeUndefined();
  });

  test('what a person may see', async () => {
    const { tables, names } = await build(grant);
    const { accountId, generation, status, email, scopes, connectedAt, grantExpiresAt } = grant;
    const read = createGrantSummaryReader(tables, names.grants);
    expect(await read('account-1')).toEqual({
      ...{ accountId, generation, status, email, scopes, connectedAt, grantExpiresAt },
    });
    expect(await read('account-2')).toBeUndefined();
  });

  test('what it takes to end it', async () => {
    const owner = 'tenant-1';
    const { tables, names, store } = await build({ ...grant, owner });
    const read = createEndingGrantReader(tables, names.grants);
    const { accountId, generation, status, clientId, refreshToken } = grant;
    // Its owner is to be told that it has ended.
    expect(await read('account-1')).toEqual({ accountId, generation, status, owner, clientId, refreshToken });
    await store.putStatus(grant, 'disconnecting', testStart);
    expect(await read('account-1')).toMatchObject({ status: 'disconnecting', statusSince: testStart });
    expect(await read('account-2')).toBeUndefined();
  });

  test('the database is not even asked for more', async () => {
    const asked: unknown[] = [];
    const { tables, names } = await build(grant);
    tables.middlewareStack.add(
      (next) => (args) => {
        asked.push(args.input);
        return next(args);
      },
      { step: 'initialize' },
    );
    await createGrantStatusReader(tables, names.grants)('account-1');
    await createGrantSummaryReader(tables, names.grants)('account-1');
    await createEndingGrantReader(tables, names.grants)('account-1');
    expect(asked).toMatchObject([
      { ExpressionAttributeNames: { '#accountId': 'accountId', '#status': 'status' } },
      { ProjectionExpression: expect.not.stringMatching(/token/i) },
      { ProjectionExpression: expect.not.stringMatching(/accessToken/) },
    ]);
  });
});

describe('a row that is not of our form', () => {
  const change = async (
    { tables, names }: Awaited<ReturnType<typeof build>>,
    attribute: string,
    value: unknown,
  ) => {
    await tables.send(
      new UpdateCommand({
        TableName: names.grants,
        Key: { accountId: 'account-1' },
        UpdateExpression: 'SET #attribute = :value',
        ExpressionAttributeNames: { '#attribute': attribute },
        ExpressionAttributeValues: { ':value': value },
      }),
    );
  };

  test('is not taken for a grant', async () => {
    const site = await build(grant);
    await change(site, 'scopes', 'all');
    await expect(site.row()).rejects.toThrow();
  });

  test.each(['refreshToken', 'accessToken'])(
    'but for its %s is a grant that cannot be read',
    async (attribute) => {
      const site = await build(grant);
      await change(site, attribute, '1//in-clear');
      const { refreshToken, accessToken } = (await site.row()) ?? {};
      const read = attribute === 'refreshToken' ? refreshToken : accessToken?.ciphertext;
      expect(read).toEqual(new Uint8Array());
    },
  );
});
