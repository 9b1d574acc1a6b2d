import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import type { Failure } from '../../../infra/local/aws/faults.ts';
import { clientOptions } from '../../../lambdas/aws/client-options.ts';
import { createSessionsTable } from '../../../lambdas/aws/sessions-table.ts';
import type { ProblemCode } from '../../../lambdas/errors.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { sessionOf } from '../../support/doubles/memory-sessions.ts';
import { testMac } from '../../support/doubles/row-mac.ts';
import { localCredentials } from '../../support/local-credentials.ts';
import { deadOrigin } from '../../support/scripted-server.ts';

const session = sessionOf('token');

const lasting: [string, Failure, ProblemCode][] = [
  ['throttling', { error: 'ThrottlingException' }, 'storage_unavailable'],
  ['too much for the table', { error: 'ProvisionedThroughputExceededException' }, 'storage_unavailable'],
  ['an error of the service', { error: 'InternalServerError', status: 500 }, 'storage_unavailable'],
  ['dropped connections', 'reset', 'storage_unavailable'],
  ['a missing right', { error: 'AccessDeniedException' }, 'misconfigured'],
  ['unknown credentials', { error: 'UnrecognizedClientException' }, 'misconfigured'],
  ['a request that makes no sense', { error: 'ValidationException' }, 'misconfigured'],
];

test.each(lasting)('%s, time after time, is told as a problem of its own', async (_, failure, code) => {
  const { tables, names, service } = await dynamoDb();
  const store = createSessionsTable(tables, names.logins, testMac);
  for (const action of ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query']) {
    service.failNext({ action, times: 3, failure });
  }
  const calls = [
    store.find(session.tokenHash),
    store.put(session),
    store.renew(session, 1),
    store.delete(session.tokenHash),
    store.listByAccount('account-1'),
  ];
  for (const outcome of await Promise.allSettled(calls)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'Problem', code } });
  }
});

test('a passing failure is tried again, unnoticed', async () => {
  const { tables, names, service } = await dynamoDb();
  const store = createSessionsTable(tables, names.logins, testMac);
  service.failNext({ action: 'PutItem', times: 2, failure: { error: 'InternalServerError', status: 500 } });
  service.failNext({ action: 'GetItem', failure: 'reset' });
  await store.put(session);
  expect(await store.find(session.tokenHash)).toEqual(session);
});

test('a missing table is the operator’s to mend', async () => {
  const { tables } = await dynamoDb();
  const store = createSessionsTable(tables, 'no-such-table', testMac);
  await expect(store.find(session.tokenHash)).rejects.toMatchObject({ code: 'misconfigured' });
});

test('a database that nobody runs is told within a function’s time', async () => {
  const client = new DynamoDBClient({ ...clientOptions, ...localCredentials, endpoint: await deadOrigin() });
  const store = createSessionsTable(DynamoDBDocumentClient.from(client), 'logins', testMac);
  await expect(store.find(session.tokenHash)).rejects.toMatchObject({ code: 'storage_unavailable' });
});

test('a database that never answers is told within a function’s time', async () => {
  const { tables, names, service } = await dynamoDb();
  service.failNext({ action: 'GetItem', times: 3, failure: 'hang' });
  const store = createSessionsTable(tables, names.logins, testMac);
  await expect(store.find(session.tokenHash)).rejects.toMatchObject({ code: 'storage_unavailable' });
}, 15_000);
