import { expect, test } from 'vitest';
import { createPendingConsentsTable } from '../../../lambdas/aws/pending-consents-table.ts';
import type { PendingConsent } from '../../../lambdas/consent/pending-consent.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { testStart } from '../../support/doubles/clock.ts';

const pending: PendingConsent = {
  loginId: 'hash-of-state',
  browserHash: 'hash-of-browser',
  returnTo: '/messages?q=a',
  expectedAccountId: 'account-1',
  prompted: true,
  clientId: 'client-1',
  scopes: ['openid'],
  sealed: Uint8Array.from([1, 2, 3]),
  expiresAt: testStart + 600_000,
};

async function build() {
  const { tables, names, itemsOf, service } = await dynamoDb();
  return { itemsOf, service, store: createPendingConsentsTable(tables, names.logins) };
}

test('a pending consent stands under its own kind of key, with its version and its end in seconds', async () => {
  const { store, itemsOf } = await build();
  await store.put(pending);
  const { loginId, expiresAt, ...rest } = pending;
  expect(await itemsOf('logins')).toEqual([
    { ...rest, id: `state#${loginId}`, schemaVersion: 1, expiresAt: expiresAt / 1000 },
  ]);
});

test('it is taken out as it was put in, and is gone then', async () => {
  const { store, itemsOf } = await build();
  await store.put(pending);
  expect(await store.take('hash-of-state', 'hash-of-browser', testStart)).toEqual(pending);
  expect(await store.take('hash-of-state', 'hash-of-browser', testStart)).toBeUndefined();
  expect(await itemsOf('logins')).toEqual([]);
});

test('it needs no expected account', async () => {
  const { store } = await build();
  const { expectedAccountId: _, ...free } = pending;
  await store.put({ ...free, expectedAccountId: undefined });
  expect(await store.take('hash-of-state', 'hash-of-browser', testStart)).toEqual(free);
});

test('of many who take it at once exactly one gets it', async () => {
  const { store } = await build();
  await store.put(pending);
  const takers = Array.from({ length: 10 }, () => store.take('hash-of-state', 'hash-of-browser', testStart));
  expect((await Promise.all(takers)).filter((taken) => taken !== undefined)).toEqual([pending]);
});

test.each([
  ['another browser', 'hash-of-state', 'another', testStart],
  ['another state', 'another', 'hash-of-browser', testStart],
  ['a late callback, though the row still stands', 'hash-of-state', 'hash-of-browser', testStart + 600_000],
  ['a callback of the next day', 'hash-of-state', 'hash-of-browser', testStart + 86_400_000],
  ['the key of a session', '#session', 'hash-of-browser', testStart],
])('%s gets nothing and takes nothing away', async (_, loginId, browserHash, now) => {
  const { store } = await build();
  await store.put(pending);
  expect(await store.take(loginId, browserHash, now)).toBeUndefined();
  expect(await store.take('hash-of-state', 'hash-of-browser', testStart + 599_000)).toEqual(pending);
});

test('a database that is down is told as such, and does not let two through', async () => {
  const { store, service } = await build();
  await store.put(pending);
  service.failNext({
    action: 'DeleteItem',
    times: 3,
    failure: { error: 'InternalServerError', status: 500 },
  });
  await expect(store.take('hash-of-state', 'hash-of-browser', testStart)).rejects.toMatchObject({
    code: 'storage_unavailable',
  });
  expect(await store.take('hash-of-state', 'hash-of-browser', testStart)).toEqual(pending);
});
