import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { CopyPage, CopyQuery } from '../copy/read-copy.ts';
import { Problem } from '../errors.ts';
import { dateText, messageRow, readMessage } from './message-row.ts';
import { callTable, readRow } from './table.ts';

/** Bytes of an eventually consistent read unit, of one Query at most, and of one page at most. */
const bytesPerUnit = 8_192;
const bytesPerQuery = 1_048_576;
const bytesPerPage = 4 * bytesPerQuery;

/** The factor by which each further Query of a page examines more rows, because those of a rare label lie far apart. */
const growth = 4;

/** Labels whose messages are excluded unless requested. */
const hiddenLabels = ['SPAM', 'TRASH'];

// The stored key may differ from the one that the date has today.
const rows = v.array(v.object({ ...messageRow.entries, dateKey: v.string() }));
const position = v.object({ dateKey: v.string() });

/**
 * One page of the index `byDate`, newest first. It ends when it is full, when nothing is left, or when another Query
 * could exceed the bytes of a page.
 *
 * @throws Problem `invalid_request` for a cursor of another query, and as callTable.
 */
export async function listByDate(
  tables: DynamoDBDocumentClient,
  tableName: string,
  partition: string,
  query: CopyQuery,
): Promise<CopyPage> {
  const { limit, cursor } = query;
  const { oldest, newest } = boundsOf(query);
  if (oldest >= newest) return pageOf([]);
  let start = cursor === undefined ? undefined : readCursor(cursor, oldest, newest);
  const found: v.InferOutput<typeof rows> = [];
  let bytes = 0;
  for (let looks = limit; bytes <= bytesPerPage - bytesPerQuery; looks *= growth) {
    const command = new QueryCommand({
      TableName: tableName,
      IndexName: 'byDate',
      ScanIndexForward: false,
      Limit: looks,
      ReturnConsumedCapacity: 'TOTAL',
      ...conditionsOf(partition, query),
      ...(start !== undefined && {
        ExclusiveStartKey: {
          mailbox: partition,
          messageId: start.slice(start.indexOf('#') + 1),
          dateKey: start,
        },
      }),
    });
    const answer = await callTable(tables.send(command));
    found.push(...readRow(rows, answer.Items ?? []));
    const end = found[limit - 1];
    if (end !== undefined && (found.length > limit || answer.LastEvaluatedKey !== undefined)) {
      return pageOf(found.slice(0, limit), end.dateKey);
    }
    if (answer.LastEvaluatedKey === undefined) return pageOf(found);
    start = readRow(position, answer.LastEvaluatedKey).dateKey;
    bytes += (answer.ConsumedCapacity?.CapacityUnits ?? bytesPerQuery / bytesPerUnit) * bytesPerUnit;
  }
  return pageOf(found, start);
}

/** @param end the key after which the query continues; undefined at the end */
function pageOf(found: v.InferOutput<typeof rows>, end?: string): CopyPage {
  return {
    messages: found.map(({ dateKey: _, ...row }) => readMessage(row)),
    cursors: found.map(({ dateKey }) => writeCursor(dateKey)),
    ...(end !== undefined && { cursor: writeCursor(end) }),
  };
}

/** Before and after every key of the index. */
const ends = { oldest: ' ', newest: '~' };

/** The key of rows from before 1970 that older releases stored as 1970, and the next key after it. */
const [zero, behindZero] = [dateText(0), dateText(1)];

/** The keys that enclose the messages. No key is only a date, so the upper bound itself never matches. */
function boundsOf({ after, before }: CopyQuery) {
  const newest = before === undefined ? ends.newest : dateText(before);
  return {
    oldest: after === undefined ? ends.oldest : dateText(after),
    newest: newest <= zero ? behindZero : newest,
  };
}

/** Conditions on the date itself, where the key 1970 may hide an earlier date. */
function dateConditionsOf({ after, before }: CopyQuery, oldest: string) {
  if (oldest > zero) return {};
  return {
    ...(after !== undefined && { ':after': ['internalDate >= :after', after] as const }),
    ...(before !== undefined && { ':before': ['internalDate < :before', before] as const }),
  };
}

function conditionsOf(partition: string, query: CopyQuery) {
  const { labelId } = query;
  const { oldest, newest } = boundsOf(query);
  const dates = Object.entries(dateConditionsOf(query, oldest));
  const hidden = hiddenLabels.filter((label) => label !== labelId);
  const without = hidden.map((_, index) => `NOT contains(labelIds, :hidden${index})`);
  const wanted = labelId === undefined ? [] : ['contains(labelIds, :label)'];
  return {
    KeyConditionExpression: 'mailbox = :mailbox AND dateKey BETWEEN :oldest AND :newest',
    FilterExpression: [...wanted, ...without, ...dates.map(([, [condition]]) => condition)].join(' AND '),
    ExpressionAttributeValues: {
      ':mailbox': partition,
      ':oldest': oldest,
      ':newest': newest,
      ...Object.fromEntries(hidden.map((label, index) => [`:hidden${index}`, label])),
      ...(labelId !== undefined && { ':label': labelId }),
      ...Object.fromEntries(dates.map(([name, [, date]]) => [name, date])),
    },
  };
}

/** A cursor contains only a position by date; the session determines the copy. */
function writeCursor(dateKey: string): string {
  return Buffer.from(dateKey).toString('base64url');
}

function readCursor(cursor: string, oldest: string, newest: string): string {
  const dateKey = Buffer.from(cursor, 'base64url').toString();
  // DynamoDB would refuse a key outside the bounds.
  if (/^-?\d{15,16}#[\w-]+$/.test(dateKey) && dateKey >= oldest && dateKey <= newest) return dateKey;
  throw new Problem('invalid_request', {
    detail: 'Query parameters: pageToken does not belong to this query.',
  });
}
