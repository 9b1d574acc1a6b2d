import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { createHandoffsTable } from '../../../lambdas/aws/handoffs-table.ts';
import { createSessionsTable } from '../../../lambdas/aws/sessions-table.ts';
import type { Handoff } from '../../../lambdas/sessions/handoff.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { sessionOf } from '../../support/doubles/memory-sessions.ts';
import { testMac } from '../../support/doubles/row-mac.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';
import { forgeriesOf } from '../../support/forgeries.ts';

const handoff: Handoff = {
  handoffId: 'hash-of-handoff',
  accountId: 'account-1',
  generation: 'generation-1',
  codeChallenge: 'challenge',
  origin: 'https://app.example.com',
  expiresAt: testStart + 60_000,
};

async function build() {
  const { tables, names, itemsOf, service } = await dynamoDb();
  const putRow = (Item: Record<string, unknown>) =>
    tables.send(new PutCommand({ TableName: names.logins, Item }));
  const sessions = createSessionsTable(tables, names.logins, testMac);
  return { itemsOf, service, sessions, putRow, store: createHandoffsTable(tables, names.logins, testMac) };
}

test('a handoff stands under its own kind of key, with its version and its end in seconds', async () => {
  const { store, itemsOf } = await build();
  await store.put(handoff);
  expect(await itemsOf('logins')).toEqual([
    {
      id: 'handoff#hash-of-handoff',
      schemaVersion: 2,
      handsOver: 'account-1',
      generation: 'generation-1',
      codeChallenge: 'challenge',
      origin: 'https://app.example.com',
      expiresAt: testStart / 1000 + 60,
      mac: expect.stringMatching(/^[\w-]{43}$/),
    },
  ]);
});

test('it is taken out as it was put in, and is gone then', async () => {
  const { store, itemsOf } = await build();
  await store.put(handoff);
  expect(await store.take('hash-of-handoff', 'challenge', testStart)).toEqual(handoff);
  expect(await store.take('hash-of-handoff', 'challenge', testStart)).toBeUndefined();
  expect(await itemsOf('logins')).toEqual([]);
});

test('a row that this site did not write hands nothing over', async () => {
  const { store, itemsOf, putRow } = await build();
  await store.put(handoff);
  const [row = {}] = await itemsOf('logins');
  for (const forgery of forgeriesOf(row)) {
    await putRow(forgery);
    const challenge = String(forgery['codeChallenge']);
    expect([forgery, await store.take('hash-of-handoff', challenge, testStart)]).toEqual([
      forgery,
      undefined,
    ]);
  }
  await putRow(row);
  expect(await store.take('hash-of-handoff', 'challenge', testStart)).toEqual(handoff);
});

test('it is none of the account’s sessions', async () => {
  const { store, sessions } = await build();
  await store.put(handoff);
  await sessions.put(sessionOf(tokenNamed('session')));
  expect(await sessions.listByAccount('account-1')).toEqual([sessionOf(tokenNamed('session')).tokenHash]);
  expect(await sessions.find('hash-of-handoff')).toBeUndefined();
});

test.each([
  ['another challenge', 'hash-of-handoff', 'another', testStart],
  ['another handoff', 'another', 'challenge', testStart],
  ['a late taker, though the row still stands', 'hash-of-handoff', 'challenge', testStart + 60_000],
  ['the key of a session', '#session', 'challenge', testStart],
])('%s gets nothing and takes nothing away', async (_, handoffId, challenge, now) => {
  const { store } = await build();
  await store.put(handoff);
  expect(await store.take(handoffId, challenge, now)).toBeUndefined();
  expect(await store.take('hash-of-handoff', 'challenge', testStart + 59_000)).toEqual(handoff);
});
