import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { ErasureRecord, erasuresKeptFor } from '../sync/mailbox/erasures.ts';
import { readPages } from './pages.ts';
import { erasuresKey } from './row-parts.ts';
import { inSeconds, putRow } from './table.ts';

const schemaVersion = 1;

const day = 86_400_000;

const lifetime: typeof erasuresKeptFor = 3_456_000_000;

const row = v.object({
  accountId: v.string(),
  generation: v.string(),
  owner: v.optional(v.string()),
  at: v.number(),
});

/**
 * The record of erasures, in the table of the change feed: under `erased#<day>`, sorted by `<account>#<generation>`. No
 * restore replaces that table (see "Operator commands" in infra/tools/README.md). `expiresAt` is in seconds.
 */
export function createErasureRecord(tables: DynamoDBDocumentClient, tableName: string): ErasureRecord {
  return {
    write: async ({ accountId, generation, owner, at }) => {
      const item = {
        feed: feedOf(at),
        position: `${accountId}#${generation}`,
        ...{ accountId, generation, owner, at, schemaVersion },
        expiresAt: inSeconds(at + lifetime),
      };
      await putRow(tables, { TableName: tableName, Item: item });
    },
    list: async function* (now) {
      for (let at = now - lifetime; feedOf(at) <= feedOf(now); at += day) {
        const query = {
          TableName: tableName,
          ConsistentRead: true,
          KeyConditionExpression: 'feed = :feed',
          ExpressionAttributeValues: { ':feed': feedOf(at) },
        };
        yield* readPages(paginateQuery({ client: tables }, query), row);
      }
    },
  };
}

/** One partition per day: none grows without limit, and all can be found without a scan. */
function feedOf(at: number): string {
  return `${erasuresKey}${new Date(at).toISOString().slice(0, 10)}`;
}
