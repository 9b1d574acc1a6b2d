import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { createSessionsTable } from '../../../lambdas/aws/sessions-table.ts';
import { hashOf } from '../../../lambdas/secrets.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { sessionOf } from '../../support/doubles/memory-sessions.ts';
import { testMac } from '../../support/doubles/row-mac.ts';
import { forgeriesOf } from '../../support/forgeries.ts';

async function build() {
  const { tables, names, itemsOf } = await dynamoDb();
  return { tables, names, itemsOf, store: createSessionsTable(tables, names.logins, testMac) };
}

const session = sessionOf('token-1');

test('a session stands under the hash of its token, with its version and its end in seconds', async () => {
  const { store, itemsOf } = await build();
  await store.put(session);
  expect(await itemsOf('logins')).toEqual([
    {
      id: `session#${hashOf('token-1')}`,
      schemaVersion: 2,
      accountId: 'account-1',
      generation: 'generation-1',
      createdAt: testStart,
      renewedAt: testStart,
      idleLifetime: 30 * 86_400_000,
      expiresAt: testStart / 1000 + 180 * 86_400,
      mac: expect.stringMatching(/^[\w-]{43}$/),
    },
  ]);
});

test('it is found as it was put in, until it is deleted; deleting twice does no harm', async () => {
  const { store } = await build();
  await store.put(session);
  expect(await store.find(session.tokenHash)).toEqual(session);
  expect(await store.find(hashOf('token-2'))).toBeUndefined();
  await store.delete(session.tokenHash);
  await store.delete(session.tokenHash);
  expect(await store.find(session.tokenHash)).toBeUndefined();
});

test('a row that this site did not write is no session, and is ended all the same', async () => {
  const { store, tables, names, itemsOf } = await build();
  await store.put(session);
  await store.put(sessionOf('token-2', { accountId: 'account-2' }));
  const rows = await itemsOf('logins');
  const row = rows.find(({ accountId }) => accountId === 'account-1') ?? {};
  const other = rows.find(({ accountId }) => accountId === 'account-2') ?? {};
  const forgeries = [...forgeriesOf(row), { ...row, mac: other['mac'] }, other];
  const { mac: _, ...bare } = row;
  for (const forgery of forgeries) {
    await tables.send(new PutCommand({ TableName: names.logins, Item: { ...forgery, id: row['id'] } }));
    expect([forgery, await store.find(session.tokenHash)]).toEqual([forgery, undefined]);
  }
  await tables.send(new PutCommand({ TableName: names.logins, Item: row }));
  expect(await store.find(session.tokenHash)).toEqual(session);
  await tables.send(new PutCommand({ TableName: names.logins, Item: bare }));
  expect(await store.listByAccount('account-1')).toEqual([session.tokenHash]);
  await store.deleteOfGeneration(session.tokenHash, session.generation);
  expect(await store.listByAccount('account-1')).toEqual([]);
});

test('a use is written down, and does not move its end', async () => {
  const { store } = await build();
  await store.put(session);
  await store.renew(session, testStart + 5_000);
  expect(await store.find(session.tokenHash)).toEqual({ ...session, renewedAt: testStart + 5_000 });
});

test('a use does not bring back a session that has gone meanwhile', async () => {
  const { store, itemsOf } = await build();
  await store.renew(session, testStart);
  expect(await itemsOf('logins')).toEqual([]);
});

test('it is deleted with its generation, and not with another one', async () => {
  const { store } = await build();
  await store.put(session);
  await store.deleteOfGeneration(session.tokenHash, 'generation-2');
  expect(await store.find(session.tokenHash)).toEqual(session);
  await store.deleteOfGeneration(session.tokenHash, 'generation-1');
  await store.deleteOfGeneration(session.tokenHash, 'generation-1');
  expect(await store.find(session.tokenHash)).toBeUndefined();
});

test('all sessions of an account are found, and nobody else’s', async () => {
  const { store, tables, names } = await build();
  const mine = Array.from({ length: 30 }, (_, number) => sessionOf(`mine-${number}`));
  await Promise.all([...mine, sessionOf('other', { accountId: 'account-2' })].map((one) => store.put(one)));
  expect((await store.listByAccount('account-1')).toSorted()).toEqual(
    mine.map(({ tokenHash }) => tokenHash).toSorted(),
  );
  expect(await store.listByAccount('account-3')).toEqual([]);
  const id = `session#${mine[0]?.tokenHash}`;
  await tables.send(new DeleteCommand({ TableName: names.logins, Key: { id } }));
  expect(await store.listByAccount('account-1')).toHaveLength(29);
});
