import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { SweepProgress } from '../sync/mailbox/sweep-run.ts';
import { sweepKey } from './row-parts.ts';
import { deleteRow, getRow, putRow } from './table.ts';

const schemaVersion = 1;

const counted = [
  ...(['mailboxes', 'backfill', 'live', 'paused', 'failed', 'erased'] as const),
  ...(['started', 'resumed', 'finished'] as const),
] as const;

const row = v.object({
  pass: v.picklist(['mailboxes', 'grants']),
  after: v.optional(v.string()),
  counts: v.object(v.entriesFromList(counted, v.number())),
});

/** Where an unfinished sweep continues: one row of the usage table, deleted when the sweep is done. */
export function createSweepProgress(tables: DynamoDBDocumentClient, TableName: string): SweepProgress {
  const Key = { id: sweepKey };
  return {
    find: () => getRow(tables, { TableName, Key }, row),
    save: async (position) => {
      await putRow(tables, { TableName, Item: { ...Key, ...position, schemaVersion } });
    },
    clear: async () => {
      await deleteRow(tables, { TableName, Key });
    },
  };
}
