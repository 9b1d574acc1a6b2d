import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { CopiedMessage } from '../copied-message.ts';
import type { CopyPage, CopyQuery } from '../copy/read-copy.ts';
import { Problem } from '../errors.ts';
import { dateKeyOf, dateText, messageRow, readMessage } from './message-row.ts';
import { callTable, readRow } from './table.ts';

/** Bytes that an eventually consistent read unit reads, that one Query reads at most, and that a page may read. */
const bytesPerUnit = 8_192;
const bytesPerQuery = 1_048_576;
const bytesPerPage = 4 * bytesPerQuery;

/** How many times more rows each further Query of a page looks at: those of a rare label lie far apart. */
const growth = 4;

/** Labels whose messages are left out unless asked for. */
const hiddenLabels = ['SPAM', 'TRASH'];

const rows = v.array(messageRow);
const position = v.object({ dateKey: v.string() });

/**
 * One page of the index `byDate`, newest first. It ends when it is full, when nothing is left, or when another
 * Query might read more than a page may.
 *
 * @throws Problem `invalid_request` for a cursor that is not of this query, else as callTable.
 */
export async function listByDate(
  tables: DynamoDBDocumentClient,
  tableName: string,
  partition: string,
  query: CopyQuery,
): Promise<CopyPage> {
  const { limit, cursor, after = 0, before = Number.MAX_SAFE_INTEGER } = query;
  const [oldest, newest] = [dateText(after), dateText(before)];
  if (oldest >= newest) return { messages: [] };
  let start = cursor === undefined ? undefined : readCursor(cursor, oldest, newest);
  const found: CopiedMessage[] = [];
  let bytes = 0;
  for (let looks = limit; bytes <= bytesPerPage - bytesPerQuery; looks *= growth) {
    const command = new QueryCommand({
      TableName: tableName,
      IndexName: 'byDate',
      ScanIndexForward: false,
      Limit: looks,
      ReturnConsumedCapacity: 'TOTAL',
      ...conditionsOf(partition, oldest, newest, query.labelId),
      ...(start !== undefined && {
        ExclusiveStartKey: {
          mailbox: partition,
          messageId: start.slice(start.indexOf('#') + 1),
          dateKey: start,
        },
      }),
    });
    const answer = await callTable(tables.send(command));
    found.push(...readRow(rows, answer.Items ?? []).map(readMessage));
    const end = found[limit - 1];
    if (end !== undefined && (found.length > limit || answer.LastEvaluatedKey !== undefined)) {
      return { messages: found.slice(0, limit), cursor: cursorAfter(end) };
    }
    if (answer.LastEvaluatedKey === undefined) return { messages: found };
    start = readRow(position, answer.LastEvaluatedKey).dateKey;
    bytes += (answer.ConsumedCapacity?.CapacityUnits ?? bytesPerQuery / bytesPerUnit) * bytesPerUnit;
  }
  return { messages: found, ...(start !== undefined && { cursor: writeCursor(start) }) };
}

function conditionsOf(partition: string, oldest: string, newest: string, labelId: string | undefined) {
  const hidden = hiddenLabels.filter((label) => label !== labelId);
  const without = hidden.map((_, index) => `NOT contains(labelIds, :hidden${index})`);
  const wanted = labelId === undefined ? [] : ['contains(labelIds, :label)'];
  return {
    // No key is a date alone, so the upper bound itself is never met.
    KeyConditionExpression: 'mailbox = :mailbox AND dateKey BETWEEN :oldest AND :newest',
    FilterExpression: [...wanted, ...without].join(' AND '),
    ExpressionAttributeValues: {
      ':mailbox': partition,
      ':oldest': oldest,
      ':newest': newest,
      ...Object.fromEntries(hidden.map((label, index) => [`:hidden${index}`, label])),
      ...(labelId !== undefined && { ':label': labelId }),
    },
  };
}

/** The cursor of a page that ends with this message. */
export function cursorAfter(message: CopiedMessage): string {
  return writeCursor(dateKeyOf(message));
}

/** A cursor holds a place in the order of dates and nothing else; whose copy it is the session says. */
function writeCursor(dateKey: string): string {
  return Buffer.from(dateKey).toString('base64url');
}

function readCursor(cursor: string, oldest: string, newest: string): string {
  const dateKey = Buffer.from(cursor, 'base64url').toString();
  // Out of bounds DynamoDB would refuse it.
  if (/^\d{15,16}#[\w-]+$/.test(dateKey) && dateKey >= oldest && dateKey <= newest) return dateKey;
  throw new Problem('invalid_request', {
    detail: 'Query parameters: pageToken is not one that this query was answered with.',
  });
}
