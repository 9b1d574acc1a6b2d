import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { CopiedLabel, MailboxKey } from '../copied-message.ts';
import type { CopiedLabels } from '../live/list-labels.ts';
import { labelsPartitionOf, labelsRow } from './message-row.ts';
import { readPages } from './pages.ts';

/** The labels in a mailbox's copy; it reads no messages. */
export function createCopiedLabels(tables: DynamoDBDocumentClient, tableName: string): CopiedLabels {
  return { list: (mailbox) => readLabels(tables, tableName, mailbox) };
}

/** Reads the labels of a mailbox consistently. */
export async function readLabels(
  tables: DynamoDBDocumentClient,
  tableName: string,
  mailbox: MailboxKey,
): Promise<readonly CopiedLabel[]> {
  const query = {
    TableName: tableName,
    ConsistentRead: true,
    KeyConditionExpression: 'mailbox = :mailbox',
    ExpressionAttributeValues: { ':mailbox': labelsPartitionOf(mailbox) },
  };
  const pages = await Array.fromAsync(readPages(paginateQuery({ client: tables }, query), labelsRow));
  return pages.flat().flatMap(({ labels }) => labels);
}
