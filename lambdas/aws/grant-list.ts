import { type DynamoDBDocumentClient, GetCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { SweptGrant } from '../sync/sweep.ts';
import { callTable } from './table.ts';

const row = v.object({ accountId: v.string(), generation: v.string(), status: v.string() });

/** Only these attributes are read: the sweep may see no token. */
const projection = {
  ProjectionExpression: '#accountId, #generation, #status',
  ExpressionAttributeNames: { '#accountId': 'accountId', '#generation': 'generation', '#status': 'status' },
};

/** Every grant, page by page. */
export function createGrantLister(
  tables: DynamoDBDocumentClient,
  tableName: string,
): () => AsyncIterable<readonly SweptGrant[]> {
  return async function* listGrants() {
    const pages = paginateScan({ client: tables }, { TableName: tableName, ...projection });
    for (;;) {
      const { done, value } = await callTable(pages.next());
      if (done) return;
      yield v.parse(v.array(row), value.Items ?? []);
    }
  };
}

/** One grant, read consistently. */
export function createGrantReader(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (accountId: string) => Promise<SweptGrant | undefined> {
  return async (accountId) => {
    const command = new GetCommand({
      TableName: tableName,
      Key: { accountId },
      ConsistentRead: true,
      ...projection,
    });
    const { Item: item } = await callTable(tables.send(command));
    return item === undefined ? undefined : v.parse(row, item);
  };
}
