import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { CopiedMessages } from '../copied-message.ts';
import { readBatches } from './batches.ts';
import { messageRow, partitionOf, readMessage } from './message-row.ts';
import { readRow } from './table.ts';

const rows = v.array(messageRow);

/** Messages of the stored copy, read by their IDs. */
export function createCopiedMessages(tables: DynamoDBDocumentClient, tableName: string): CopiedMessages {
  return {
    find: async (mailbox, ids) => {
      const keys = [...new Set(ids)].map((messageId) => ({ mailbox: partitionOf(mailbox), messageId }));
      const attributes = Object.keys(messageRow.entries);
      const items = await readBatches(tables, tableName, keys, attributes, { consistent: false });
      return new Map(readRow(rows, items).map((row) => [row.messageId, readMessage(row)]));
    },
  };
}
