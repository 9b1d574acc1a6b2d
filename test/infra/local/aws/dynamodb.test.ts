import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import type { AwsCall } from '../../../../infra/local/aws/aws-call.ts';
import { startDynamoDb } from '../../../../infra/local/aws/dynamodb.ts';
import { createMissingTables, resourceNames } from '../../../../infra/local/resources.ts';
import { localCredentials } from '../../../support/local-credentials.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const TableName = resourceNames.tables.logins;

async function open(folder = temporaryFolder(), calls: AwsCall[] = []) {
  const service = await startDynamoDb(folder, (call) => calls.push(call));
  const client = new DynamoDBClient({
    ...localCredentials,
    endpoint: service.endpoint,
    userAgentAppId: 'auth-callback',
    maxAttempts: 1,
  });
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    client.destroy();
    await service.close();
  };
  onTestFinished(close);
  await createMissingTables(client);
  return { service, table: DynamoDBDocumentClient.from(client), close };
}

test('a conditional delete gives the old item to exactly one of two callers', async () => {
  const { table } = await open();
  await table.send(new PutCommand({ TableName, Item: { id: 'state#1', browser: 'b', expiresAt: 10 } }));
  const consume = () =>
    table.send(
      new DeleteCommand({
        TableName,
        Key: { id: 'state#1' },
        ConditionExpression: 'browser = :browser AND expiresAt > :now',
        ExpressionAttributeValues: { ':browser': 'b', ':now': 5 },
        ReturnValues: 'ALL_OLD',
      }),
    );
  const outcomes = await Promise.allSettled([consume(), consume()]);
  const fulfilled = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  const rejected = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(fulfilled.map(({ value }) => value.Attributes)).toEqual([
    { id: 'state#1', browser: 'b', expiresAt: 10 },
  ]);
  expect(rejected.map(({ reason }) => reason)).toEqual([expect.any(ConditionalCheckFailedException)]);
});

test('a conditional put leaves an item that is there', async () => {
  const { table } = await open();
  const put = (value: string) =>
    table.send(
      new PutCommand({
        TableName,
        Item: { id: 'session#1', value },
        ConditionExpression: 'attribute_not_exists(id)',
      }),
    );
  await put('first');
  await expect(put('second')).rejects.toBeInstanceOf(ConditionalCheckFailedException);
  const { Item } = await table.send(new GetCommand({ TableName, Key: { id: 'session#1' } }));
  expect(Item).toEqual({ id: 'session#1', value: 'first' });
});

test('the index finds the items of one account, and only their keys', async () => {
  const { table } = await open();
  const items = [
    { id: 'session#1', accountId: 'a', secret: 'x' },
    { id: 'session#2', accountId: 'a' },
    { id: 'session#3', accountId: 'b' },
    { id: 'state#4' },
  ];
  for (const Item of items) await table.send(new PutCommand({ TableName, Item }));
  const { Items = [] } = await table.send(
    new QueryCommand({
      TableName,
      IndexName: 'byAccount',
      KeyConditionExpression: 'accountId = :account',
      ExpressionAttributeValues: { ':account': 'a' },
    }),
  );
  expect(Items).toHaveLength(2);
  expect(Items).toContainEqual({ id: 'session#1', accountId: 'a' });
  expect(Items).toContainEqual({ id: 'session#2', accountId: 'a' });
});

test('items outlive a restart', async () => {
  const folder = temporaryFolder();
  const before = await open(folder);
  await before.table.send(new PutCommand({ TableName, Item: { id: 'session#1' } }));
  await before.close();
  const { table } = await open(folder);
  const { Item } = await table.send(new GetCommand({ TableName, Key: { id: 'session#1' } }));
  expect(Item).toEqual({ id: 'session#1' });
});

test('a call is told with the function that made it', async () => {
  const calls: AwsCall[] = [];
  const { table } = await open(temporaryFolder(), calls);
  calls.length = 0;
  await table.send(new GetCommand({ TableName, Key: { id: 'x' } }));
  expect(calls).toEqual([
    {
      service: 'dynamodb',
      action: 'GetItem',
      functionName: 'auth-callback',
      input: { TableName, Key: { id: { S: 'x' } } },
    },
  ]);
});

test('an ordered fault is answered instead of the service', async () => {
  const { service, table } = await open();
  const put = () => table.send(new PutCommand({ TableName, Item: { id: 'x' } }));
  service.failNext({
    action: 'PutItem',
    failure: { error: 'ProvisionedThroughputExceededException' },
  });
  await expect(put()).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
  const { Item } = await table.send(new GetCommand({ TableName, Key: { id: 'x' } }));
  expect(Item).toBeUndefined();
  await expect(put()).resolves.toBeDefined();
});

test('a folder that is in use is refused in one line', async () => {
  const folder = temporaryFolder();
  await open(folder);
  await expect(startDynamoDb(folder)).rejects.toThrow(/^.* is in use by another process; .*$/);
});

test('damaged files are refused in one line', async () => {
  const folder = temporaryFolder();
  const { close } = await open(folder);
  await close();
  writeFileSync(join(folder, 'CURRENT'), 'damaged');
  await expect(startDynamoDb(folder)).rejects.toThrow(/^the data folder is damaged: .* cannot be opened .*$/);
});
