import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { CopiedSummaries } from '../live/summaries.ts';
import { readBatches } from './batches.ts';
import { messageRow, partitionOf } from './message-row.ts';
import { readRow } from './table.ts';

const attributes = ['messageId', 'from', 'subject', 'internalDate', 'labelIds', 'snippet'] as const;
const rows = v.array(v.pick(messageRow, attributes));

/** What a list shows of messages, out of the table of the offline copy. */
export function createCopiedSummaries(tables: DynamoDBDocumentClient, tableName: string): CopiedSummaries {
  return {
    find: async (mailbox, ids) => {
      const keys = [...new Set(ids)].map((messageId) => ({ mailbox: partitionOf(mailbox), messageId }));
      const items = await readBatches(tables, tableName, keys, attributes, { consistent: false });
      return new Map(readRow(rows, items).map(({ messageId, ...summary }) => [messageId, summary]));
    },
  };
}
