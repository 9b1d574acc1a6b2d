import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { GrantList } from '../sync/mailbox/sweep-run.ts';
import { readBatches } from './batches.ts';
import { readPages } from './pages.ts';
import { readRow } from './table.ts';

const row = v.object({
  accountId: v.string(),
  generation: v.string(),
  status: v.string(),
  statusSince: v.optional(v.number()),
  connectedAt: v.optional(v.number()),
  grantExpiresAt: v.optional(v.number()),
  announcedExpiry: v.optional(v.number()),
});

const rows = v.array(row);

/** Rows of a page: a sweep that is interrupted repeats them. */
const pageSize = 500;

/** Lists grants. Only these attributes are read, because a reader of all grants must not see their tokens. */
export function createGrantList(tables: DynamoDBDocumentClient, tableName: string): GrantList {
  const names = Object.keys(row.entries);
  const projection = {
    ProjectionExpression: names.map((name) => `#${name}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
  };
  return {
    pages: (after) => {
      const start = after === undefined ? {} : { ExclusiveStartKey: { accountId: after } };
      const query = { TableName: tableName, ...projection, ...start };
      return readPages(paginateScan({ client: tables, pageSize }, query), row);
    },
    findAll: async (accountIds) => {
      const keys = accountIds.map((accountId) => ({ accountId }));
      const items = await readBatches(tables, tableName, keys, names, { consistent: false });
      return new Map(readRow(rows, items).map((grant) => [grant.accountId, grant]));
    },
  };
}
