import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { SweptGrant } from '../sync/sweep.ts';
import { readPages } from './pages.ts';

const row = v.object({
  accountId: v.string(),
  generation: v.string(),
  status: v.string(),
  connectedAt: v.optional(v.number()),
  grantExpiresAt: v.optional(v.number()),
  announcedExpiry: v.optional(v.number()),
});

/** Every grant, page by page. Only these attributes are read: nobody who looks at all grants may see their tokens. */
export function createGrantLister(
  tables: DynamoDBDocumentClient,
  tableName: string,
): () => AsyncIterable<readonly SweptGrant[]> {
  const names = Object.keys(row.entries);
  const projection = {
    ProjectionExpression: names.map((name) => `#${name}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
  };
  return () => readPages(paginateScan({ client: tables }, { TableName: tableName, ...projection }), row);
}
