import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { CopyPage, CopyQuery } from '../copy/read-copy.ts';
import { Problem } from '../errors.ts';
import { dateText, messageRow, readMessage } from './message-row.ts';
import { callTable, readRow } from './table.ts';

/** Bytes that an eventually consistent read unit reads, that one Query reads at most, and that a page may read. */
const bytesPerUnit = 8_192;
const bytesPerQuery = 1_048_576;
const bytesPerPage = 4 * bytesPerQuery;

/** How many times more rows each further Query of a page looks at: those of a rare label lie far apart. */
const growth = 4;

/** Labels whose messages are left out unless asked for. */
const hiddenLabels = ['SPAM', 'TRASH'];

// The key may be another than the date would have today.
const rows = v.array(v.object({ ...messageRow.entries, dateKey: v.string() }));
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

/** @param end the key after which the query goes on; undefined: nothing is left */
function pageOf(found: v.InferOutput<typeof rows>, end?: string): CopyPage {
  return {
    messages: found.map(({ dateKey: _, ...row }) => readMessage(row)),
    cursors: found.map(({ dateKey }) => writeCursor(dateKey)),
    ...(end !== undefined && { cursor: writeCursor(end) }),
  };
}

/** Before and behind every key of the index. */
const ends = { oldest: ' ', newest: '~' };

/** Where rows of dates before 1970 are that were written when these counted as 1970, and the next key after them. */
const [zero, behindZero] = [dateText(0), dateText(1)];

/** The keys between which the messages are: no key is a date alone, so the upper bound itself is never met. */
function boundsOf({ after, before }: CopyQuery) {
  const newest = before === undefined ? ends.newest : dateText(before);
  return {
    oldest: after === undefined ? ends.oldest : dateText(after),
    newest: newest <= zero ? behindZero : newest,
  };
}

/** What must be compared with the date itself, where the key may be one of 1970 that stands for an earlier date. */
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

/** A cursor holds a place in the order of dates and nothing else; whose copy it is the session says. */
function writeCursor(dateKey: string): string {
  return Buffer.from(dateKey).toString('base64url');
}

function readCursor(cursor: string, oldest: string, newest: string): string {
  const dateKey = Buffer.from(cursor, 'base64url').toString();
  // Out of bounds DynamoDB would refuse it.
  if (/^-?\d{15,16}#[\w-]+$/.test(dateKey) && dateKey >= oldest && dateKey <= newest) return dateKey;
  throw new Problem('invalid_request', {
    detail: 'Query parameters: pageToken does not belong to this query.',
  });
}
