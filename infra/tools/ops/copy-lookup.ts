import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { failedPartitionOf, partitionOf } from '../../../lambdas/aws/message-row.ts';
import { callTable } from '../../../lambdas/aws/table.ts';
import type { MailboxKey } from '../../../lambdas/copied-message.ts';

/** Finds whether the table of messages has any copied or failed message of a mailbox. */
export function createCopyLookup(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (mailbox: MailboxKey) => Promise<boolean> {
  async function isAnyIn(partition: string): Promise<boolean> {
    const query = new QueryCommand({
      TableName: tableName,
      ConsistentRead: true,
      KeyConditionExpression: 'mailbox = :mailbox',
      ExpressionAttributeValues: { ':mailbox': partition },
      ProjectionExpression: 'mailbox',
      Limit: 1,
    });
    const { Items: items = [] } = await callTable(tables.send(query));
    return items.length > 0;
  }
  return async (mailbox) => (await isAnyIn(partitionOf(mailbox))) || isAnyIn(failedPartitionOf(mailbox));
}
