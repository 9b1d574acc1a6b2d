import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { CopyStore, DatedPage } from '../copied-message.ts';
import { messageRow } from './message-row.ts';
import { callTable, readRow } from './table.ts';

const attributes = ['messageId', 'labelIds', 'historyId'] as const;
const rows = v.array(v.pick(messageRow, attributes));
const position = v.object({ dateKey: v.string() });

/**
 * The messages of a copy in the order of the index `byDate`, newest first; a consumer that stops makes no further call.
 */
export async function* scanByDate(
  tables: DynamoDBDocumentClient,
  tableName: string,
  partition: string,
  { labelId, from, most }: Parameters<CopyStore['scanByDate']>[1],
): AsyncGenerator<DatedPage> {
  let start = from;
  do {
    const command = new QueryCommand({
      TableName: tableName,
      IndexName: 'byDate',
      ScanIndexForward: false,
      Limit: most,
      ProjectionExpression: attributes.join(', '),
      KeyConditionExpression: 'mailbox = :mailbox',
      ...(labelId !== undefined && { FilterExpression: 'contains(labelIds, :label)' }),
      ExpressionAttributeValues: {
        ':mailbox': partition,
        ...(labelId !== undefined && { ':label': labelId }),
      },
      ...(start !== undefined && {
        ExclusiveStartKey: {
          mailbox: partition,
          messageId: start.slice(start.indexOf('#') + 1),
          dateKey: start,
        },
      }),
    });
    const { Items: items = [], LastEvaluatedKey: last } = await callTable(tables.send(command));
    start = last === undefined ? undefined : readRow(position, last).dateKey;
    const messages = readRow(rows, items).map(({ messageId: id, ...known }) => ({ id, ...known }));
    yield { messages, next: start };
  } while (start !== undefined);
}
