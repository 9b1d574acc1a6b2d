import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { startDynamoDb } from '../../../infra/local/aws/dynamodb.ts';
import { createMissingTables, resourceNames } from '../../../infra/local/resources.ts';
import { type KeyShape, type TableName, type TableShape, tables } from '../../../infra/tables.ts';
import { localCredentials } from '../../support/local-credentials.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function open() {
  const { endpoint, close } = await startDynamoDb(temporaryFolder());
  const client = new DynamoDBClient({ ...localCredentials, endpoint });
  onTestFinished(async () => {
    client.destroy();
    await close();
  });
  return client;
}

test.each(Object.keys(tables) as TableName[])(
  'the table %s has its keys, indexes and projections',
  async (name) => {
    const client = await open();
    await createMissingTables(client);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: resourceNames.tables[name] }));
    const types = new Map(
      Table?.AttributeDefinitions?.map((each) => [each.AttributeName, each.AttributeType]),
    );
    const found = (keys: readonly KeySchemaElement[] | undefined) =>
      keys?.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName} ${types.get(AttributeName)}`);
    const shape: TableShape = tables[name];
    const wanted = ({ partitionKey, sortKey }: KeyShape) => [
      `HASH ${partitionKey} S`,
      ...(sortKey ? [`RANGE ${sortKey.name} ${sortKey.type}`] : []),
    ];
    expect(found(Table?.KeySchema)).toEqual(wanted(shape));
    const indexes = Table?.GlobalSecondaryIndexes ?? [];
    expect(indexes.map(({ IndexName }) => IndexName).toSorted()).toEqual(
      Object.keys(shape.indexes).toSorted(),
    );
    for (const { IndexName = '', KeySchema, Projection } of indexes) {
      const index = shape.indexes[IndexName];
      if (index === undefined) throw new Error(`${IndexName} is no index of ${name}`);
      expect(found(KeySchema)).toEqual(wanted(index));
      const kinds = { keys: 'KEYS_ONLY', all: 'ALL' } as const;
      expect(Projection).toEqual(
        typeof index.projection === 'string'
          ? { ProjectionType: kinds[index.projection] }
          : { ProjectionType: 'INCLUDE', NonKeyAttributes: index.projection },
      );
    }
  },
);

test('tables of a release before stay as they are, and the new ones come beside them', async () => {
  const client = await open();
  const TableName = resourceNames.tables.grants;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'accountId', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'accountId', KeyType: 'HASH' }],
    }),
  );
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 20 }, { TableName });
  const documents = DynamoDBDocumentClient.from(client);
  const grant = { accountId: '1', email: 'ada@example.com' };
  await documents.send(new PutCommand({ TableName, Item: grant }));
  await createMissingTables(client);
  await createMissingTables(client);
  const { Item } = await documents.send(new GetCommand({ TableName, Key: { accountId: '1' } }));
  expect(Item).toEqual(grant);
  const mailbox = { accountId: '1', dueKey: 'first#3', nextDueAt: 5 };
  await documents.send(new PutCommand({ TableName: resourceNames.tables.mailboxes, Item: mailbox }));
});
