import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createConnectLinksTable } from '../../../lambdas/aws/connect-links-table.ts';
import { createSessionsTable } from '../../../lambdas/aws/sessions-table.ts';
import type { ConnectLink } from '../../../lambdas/consent/connect-link.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { testMac } from '../../support/doubles/row-mac.ts';
import { forgeriesOf } from '../../support/forgeries.ts';

const day = 86_400_000;

const link: ConnectLink = {
  linkId: 'hash-of-link',
  owner: 'tenant-1/user-7',
  requester: 'Example Ltd',
  accountId: 'account-1',
  email: 'ann@example.com',
  returnTo: 'https://app.example.com/done',
  expiresAt: testStart + day,
};
const bound = { ...link, browserHash: 'browser-1' };

async function build(...links: readonly ConnectLink[]) {
  const database = await dynamoDb();
  const store = createConnectLinksTable(database.tables, database.names.logins, testMac);
  for (const one of links) await store.put(one);
  return { ...database, store };
}

test('a link stands under its own kind of key, with its version and its end in seconds', async () => {
  const { itemsOf } = await build(link);
  const { linkId, accountId, ...rest } = link;
  expect(await itemsOf('logins')).toEqual([
    {
      ...rest,
      id: `link#${linkId}`,
      schemaVersion: 2,
      expectedAccountId: accountId,
      expiresAt: link.expiresAt / 1000,
      mac: expect.stringMatching(/^[\w-]{43}$/),
    },
  ]);
});

test('it is found as it was put in, with all it may say or with the least', async () => {
  const { accountId: _, email: __, ...least } = { ...link, linkId: 'another' };
  const { store } = await build(bound, least);
  expect(await store.find('hash-of-link')).toEqual(bound);
  expect(await store.find('another')).toEqual(least);
  expect(await store.find('unknown')).toBeUndefined();
});

test('a row that this site did not write is no link', async () => {
  const { store, itemsOf, tables, names } = await build(bound);
  const [row = {}] = await itemsOf('logins');
  for (const forgery of forgeriesOf(row, ['browserHash'])) {
    await tables.send(new PutCommand({ TableName: names.logins, Item: forgery }));
    const answers = [
      await store.find('hash-of-link'),
      await store.bind('hash-of-link', 'browser-1', testStart),
      await store.use('hash-of-link', 'browser-1', testStart),
    ];
    expect([forgery, ...answers]).toEqual([forgery, undefined, undefined, undefined]);
  }
  await tables.send(new PutCommand({ TableName: names.logins, Item: row }));
  expect(await store.use('hash-of-link', 'browser-1', testStart)).toEqual(bound);
});

test('it is not taken for a session of the account that it expects', async () => {
  const { tables, names } = await build(link);
  expect(await createSessionsTable(tables, names.logins, testMac).listByAccount('account-1')).toEqual([]);
});

describe('a link is bound', () => {
  test('to the browser that comes first, which may come again', async () => {
    const { store } = await build(link);
    expect(await store.bind('hash-of-link', 'browser-1', testStart)).toEqual(bound);
    expect(await store.bind('hash-of-link', 'browser-1', testStart)).toEqual(bound);
  });

  test('to no second browser', async () => {
    const { store } = await build(bound);
    expect(await store.bind('hash-of-link', 'browser-2', testStart)).toBeUndefined();
    expect(await store.find('hash-of-link')).toEqual(bound);
  });

  test('not when it has expired, though the row still stands', async () => {
    const { store } = await build(link, { ...bound, linkId: 'bound' });
    for (const linkId of ['hash-of-link', 'bound']) {
      expect(await store.bind(linkId, 'browser-1', testStart + day)).toBeUndefined();
      expect(await store.bind(linkId, 'browser-1', testStart + day - 1_000)).toBeDefined();
    }
  });

  test('not when it is unknown: none comes into being', async () => {
    const { store, itemsOf } = await build();
    expect(await store.bind('hash-of-link', 'browser-1', testStart)).toBeUndefined();
    expect(await itemsOf('logins')).toEqual([]);
  });
});

describe('a link is used up', () => {
  test('once, by the browser it is bound to', async () => {
    const { store } = await build(bound);
    expect(await store.use('hash-of-link', 'browser-1', testStart)).toEqual(bound);
    expect(await store.use('hash-of-link', 'browser-1', testStart)).toBeUndefined();
  });

  test('and then neither found nor bound any more', async () => {
    const { store } = await build(bound);
    await store.use('hash-of-link', 'browser-1', testStart);
    expect(await store.find('hash-of-link')).toBeUndefined();
    expect(await store.bind('hash-of-link', 'browser-1', testStart)).toBeUndefined();
  });

  test('not by another browser, not unbound, not after its end', async () => {
    const { store } = await build(bound, { ...link, linkId: 'unbound' });
    expect(await store.use('hash-of-link', 'browser-2', testStart)).toBeUndefined();
    expect(await store.use('unbound', 'browser-1', testStart)).toBeUndefined();
    expect(await store.use('hash-of-link', 'browser-1', testStart + day)).toBeUndefined();
    expect(await store.find('hash-of-link')).toEqual(bound);
  });

  test('and can be put back as it was', async () => {
    const { store } = await build(bound);
    const used = await store.use('hash-of-link', 'browser-1', testStart);
    if (used !== undefined) await store.put(used);
    expect(await store.find('hash-of-link')).toEqual(bound);
  });
});
