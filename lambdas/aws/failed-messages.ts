import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { ListFailed } from '../sync/mailbox/sync-status.ts';
import { failedPartitionOf, failedRow, readFailed } from './message-row.ts';
import { callTable, readRow } from './table.ts';

const rows = v.array(failedRow);

/** The failed messages of a mailbox, from the messages table; it reads no copied message. */
export function createFailedMessages(tables: DynamoDBDocumentClient, tableName: string): ListFailed {
  return async (mailbox, most) => {
    const command = new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'mailbox = :mailbox',
      ExpressionAttributeValues: { ':mailbox': failedPartitionOf(mailbox) },
      // Gmail's IDs rise with time.
      ScanIndexForward: false,
      Limit: most,
    });
    const { Items: items = [] } = await callTable(tables.send(command));
    return readRow(rows, items).map(readFailed);
  };
}
