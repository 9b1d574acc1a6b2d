import {
  type DynamoDBDocumentClient,
  PutCommand,
  type PutCommandInput,
  paginateQuery,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { CopyStore, WriteOutcome } from '../copied-message.ts';
import type { CopyReader } from '../copy/read-copy.ts';
import { RefusedByTable } from '../errors.ts';
import { readBatches, writeBatches, writeItems } from './batches.ts';
import { eachConcurrently } from './concurrently.ts';
import { readLabels } from './copied-labels.ts';
import {
  partitionOf as copiedOf,
  failedPartitionOf as failedOf,
  failedRow,
  labelsPartitionOf as labelsOf,
  listErrorsPartitionOf as listErrorsOf,
  listErrorsRow,
  messageRow,
  readFailed,
  schemaVersion,
  writeLabels,
  writeMessage,
} from './message-row.ts';
import { listByDate } from './messages-by-date.ts';
import { readPages } from './pages.ts';
import { scanByDate } from './scan-by-date.ts';
import { callConditionally, callTable, readRow } from './table.ts';

/** Rows erased between two checks of the time. */
const erasePageSize = 500;

const knownAttributes = ['messageId', 'labelIds', 'historyId'] as const;
const knownRow = v.pick(messageRow, knownAttributes);
const keyRow = v.pick(messageRow, ['messageId']);

/**
 * The stored copy: messages under `<account>#<generation>`. Failed messages are under `<account>#<generation>#failed`,
 * label names under `…#labels` and errors in Gmail's lists under `…#list-errors`, which lists by date do not contain.
 */
export function createMessagesTable(
  tables: DynamoDBDocumentClient,
  tableName: string,
  clock: () => number = Date.now,
): CopyStore & CopyReader {
  const queryOf = (partition: string, after?: string) => ({
    TableName: tableName,
    ConsistentRead: true,
    KeyConditionExpression: `mailbox = :mailbox${after === undefined ? '' : ' AND messageId > :after'}`,
    ExpressionAttributeValues: { ':mailbox': partition, ':after': after },
  });

  const deleteRows = (partition: string, ids: readonly string[]) =>
    writeBatches(
      tables,
      tableName,
      [...new Set(ids)].map((messageId) => ({ DeleteRequest: { Key: { mailbox: partition, messageId } } })),
    );

  const put = (input: Omit<PutCommandInput, 'TableName'>) =>
    writeOne(tables.send(new PutCommand({ TableName: tableName, ...input })));

  /** Empties a partition; false if time runs out first. */
  async function erasePartition(partition: string, until: number): Promise<boolean> {
    const query = { ...queryOf(partition), ProjectionExpression: 'messageId' };
    const answers = paginateQuery({ client: tables, pageSize: erasePageSize }, query);
    for await (const rows of readPages(answers, keyRow)) {
      if (clock() >= until) return false;
      await deleteRows(
        partition,
        rows.map((row) => row.messageId),
      );
    }
    return true;
  }

  return {
    findKnown: async (mailbox, ids) => {
      const partition = copiedOf(mailbox);
      const keys = [...new Set(ids)].map((messageId) => ({ mailbox: partition, messageId }));
      const items = readRow(v.array(knownRow), await readBatches(tables, tableName, keys, knownAttributes));
      return new Map(items.map(({ messageId: id, ...known }) => [id, { id, ...known }]));
    },
    putAbsent: async (mailbox, messages) => {
      const byId = new Map(messages.map((message) => [message.id, message]));
      const items = [...byId.values()].map((message) => writeMessage(copiedOf(mailbox), message));
      const refused = await writeItems(tables, tableName, items);
      return new Set(refused.map(({ messageId }) => messageId));
    },
    replace: (mailbox, message) =>
      put({
        Item: writeMessage(copiedOf(mailbox), message),
        ConditionExpression: 'attribute_not_exists(messageId) OR historyId <= :historyId',
        ExpressionAttributeValues: { ':historyId': message.historyId },
      }),
    overwrite: (mailbox, message, historyId) =>
      put({
        Item: writeMessage(copiedOf(mailbox), message),
        // Its own write may already be stored: the SDK retries a call whose response was lost.
        ConditionExpression: 'historyId IN (:read, :written)',
        ExpressionAttributeValues: { ':read': historyId, ':written': message.historyId },
      }),
    updateLabels: async (mailbox, messages) => {
      const refused = new Set<string>();
      await eachConcurrently(messages, async ({ id, labelIds, historyId }) => {
        const command = new UpdateCommand({
          TableName: tableName,
          Key: { mailbox: copiedOf(mailbox), messageId: id },
          UpdateExpression: 'SET labelIds = :labelIds, historyId = :historyId, schemaVersion = :schema',
          // Two changes may share a history ID.
          ConditionExpression: 'historyId <= :historyId',
          ExpressionAttributeValues: {
            ':labelIds': labelIds,
            ':historyId': historyId,
            ':schema': schemaVersion,
          },
        });
        if ((await writeOne(tables.send(command))) === 'refused') refused.add(id);
      });
      return refused;
    },
    delete: (mailbox, ids) => deleteRows(copiedOf(mailbox), ids),
    scan: async function* (mailbox, after) {
      const query = {
        ...queryOf(copiedOf(mailbox), after),
        ProjectionExpression: knownAttributes.join(', '),
      };
      for await (const rows of readPages(paginateQuery({ client: tables }, query), knownRow)) {
        yield rows.map(({ messageId: id, ...known }) => ({ id, ...known }));
      }
    },
    scanByDate: (mailbox, query) => scanByDate(tables, tableName, copiedOf(mailbox), query),
    count: async (mailbox, until) => {
      const query = { ...queryOf(copiedOf(mailbox)), Select: 'COUNT' } as const;
      let rows = 0;
      let next: Record<string, unknown> | undefined;
      do {
        const page = new QueryCommand({ ...query, ExclusiveStartKey: next });
        const { Count: counted = 0, LastEvaluatedKey: last } = await callTable(tables.send(page));
        rows += counted;
        next = last;
        if (next !== undefined && clock() >= until) return undefined;
      } while (next !== undefined);
      return rows;
    },
    listLabels: (mailbox) => readLabels(tables, tableName, mailbox),
    putLabels: async (mailbox, labels) => {
      const items = writeLabels(mailbox, labels);
      await writeBatches(
        tables,
        tableName,
        items.map((item) => ({ PutRequest: { Item: item } })),
      );
      const query = {
        ...queryOf(labelsOf(mailbox), items.at(-1)?.messageId),
        ProjectionExpression: 'messageId',
      };
      const more = await Array.fromAsync(readPages(paginateQuery({ client: tables }, query), keyRow));
      await deleteRows(
        labelsOf(mailbox),
        more.flat().map(({ messageId }) => messageId),
      );
    },
    findListErrors: async (mailbox) => {
      const answers = paginateQuery({ client: tables }, queryOf(listErrorsOf(mailbox)));
      const [row] = (await Array.fromAsync(readPages(answers, listErrorsRow))).flat();
      return row === undefined ? [] : row.digests.split(' ');
    },
    putListErrors: async (mailbox, digests) => {
      const keys = { mailbox: listErrorsOf(mailbox), messageId: '0' };
      const item = { ...keys, digests: digests.join(' '), schemaVersion };
      await callTable(tables.send(new PutCommand({ TableName: tableName, Item: item })));
    },
    listFailed: async (mailbox) => {
      const answers = paginateQuery({ client: tables }, queryOf(failedOf(mailbox)));
      const pages = await Array.fromAsync(readPages(answers, failedRow));
      return pages.flat().map(readFailed);
    },
    putFailed: async (mailbox, { id, ...failed }) => {
      const item = { ...failed, mailbox: failedOf(mailbox), messageId: id, schemaVersion };
      await callTable(tables.send(new PutCommand({ TableName: tableName, Item: item })));
    },
    deleteFailed: (mailbox, ids) => deleteRows(failedOf(mailbox), ids),
    erase: async (mailbox, until) => {
      const partitions = [copiedOf, failedOf, labelsOf, listErrorsOf].map((partitionOf) =>
        partitionOf(mailbox),
      );
      for (const partition of partitions) {
        if (!(await erasePartition(partition, until))) return false;
      }
      return true;
    },
    listByDate: (mailbox, query) => listByDate(tables, tableName, copiedOf(mailbox), query),
  };
}

/** Writes one message with a condition. */
async function writeOne(call: Promise<unknown>): Promise<WriteOutcome> {
  try {
    return (await callConditionally(call)) === undefined ? 'kept' : 'stored';
  } catch (error) {
    if (error instanceof RefusedByTable) return 'refused';
    throw error;
  }
}
