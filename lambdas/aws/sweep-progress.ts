import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { SweepProgress } from '../sync/mailbox/sweep-run.ts';
import { sweepKey } from './row-parts.ts';
import { callTable, readRow } from './table.ts';

const schemaVersion = 1;

/** The only key of this row, in the usage table. */
const row = v.object({
  pass: v.picklist(['mailboxes', 'grants']),
  after: v.optional(v.string()),
  counts: v.object({
    mailboxes: v.number(),
    backfill: v.number(),
    live: v.number(),
    paused: v.number(),
    failed: v.number(),
    erased: v.number(),
    started: v.number(),
    resumed: v.number(),
    finished: v.number(),
  }),
});

/** Where an unfinished sweep continues: one row of the usage table, deleted when the sweep is done. */
export function createSweepProgress(tables: DynamoDBDocumentClient, tableName: string): SweepProgress {
  const key = { TableName: tableName, Key: { id: sweepKey } };
  return {
    find: async () => {
      const { Item: item } = await callTable(tables.send(new GetCommand({ ...key, ConsistentRead: true })));
      return item === undefined ? undefined : readRow(row, item);
    },
    save: async (position) => {
      const item = { id: sweepKey, ...position, schemaVersion };
      await callTable(tables.send(new PutCommand({ TableName: tableName, Item: item })));
    },
    clear: async () => {
      await callTable(tables.send(new DeleteCommand(key)));
    },
  };
}
