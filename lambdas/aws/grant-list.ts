import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { GrantList } from '../sync/mailbox/sweep-run.ts';
import { readBatches } from './batches.ts';
import { grantRow } from './grant-row.ts';
import { readPages } from './pages.ts';
import { sweptGrant } from './row-parts.ts';
import { projectionOf, readRow } from './table.ts';

const row = v.pick(grantRow, sweptGrant);

const rows = v.array(row);

/** Rows of a page: a sweep that is interrupted repeats them. */
const pageSize = 500;

/** Lists grants. Only these attributes are read, because a reader of all grants must not see their tokens. */
export function createGrantList(tables: DynamoDBDocumentClient, tableName: string): GrantList {
  return {
    pages: (after) => {
      const start = after === undefined ? {} : { ExclusiveStartKey: { accountId: after } };
      const query = { TableName: tableName, ...projectionOf(sweptGrant), ...start };
      return readPages(paginateScan({ client: tables, pageSize }, query), row);
    },
    findAll: async (accountIds) => {
      const keys = accountIds.map((accountId) => ({ accountId }));
      const items = await readBatches(tables, tableName, keys, sweptGrant, { consistent: false });
      return new Map(readRow(rows, items).map((grant) => [grant.accountId, grant]));
    },
  };
}
