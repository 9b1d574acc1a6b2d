import { setTimeout as wait } from 'node:timers/promises';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { Problem, RefusedByTable } from '../errors.ts';
import { chunksOf, eachConcurrently } from './concurrently.ts';
import { callTable, projectionOf } from './table.ts';

/** The limits of one call (DynamoDB, BatchGetItem and BatchWriteItem). */
const batchSizes = { read: 100, write: 25 };

/** How often the rest of a batch is retried, and the longest first pause (milliseconds), which then doubles. */
const attempts = 8;
const firstPause = 50;

type Item = Record<string, unknown>;
type Writes = NonNullable<BatchWriteCommandInput['RequestItems']>;
type Reads = NonNullable<BatchGetCommandInput['RequestItems']>;

/** One write of a batch. A key must not occur twice. */
type BatchWrite =
  | { readonly PutRequest: { readonly Item: Item } }
  | { readonly DeleteRequest: { readonly Key: Item } };

/**
 * Makes any number of unconditional writes; resolves when all are made.
 *
 * @param signal aborts the attempts
 * @throws Problem as callTable, and `storage_unavailable` if DynamoDB keeps leaving writes unprocessed or the signal
 *   aborts.
 */
export async function writeBatches(
  tables: DynamoDBDocumentClient,
  tableName: string,
  writes: readonly BatchWrite[],
  signal?: AbortSignal,
): Promise<void> {
  const ending = signal === undefined ? {} : { abortSignal: signal };
  await eachConcurrently(chunksOf(writes, batchSizes.write), async (batch) => {
    await untilDone<Writes>(
      { [tableName]: batch },
      async (rest) => {
        const command = new BatchWriteCommand({ RequestItems: rest });
        return (await callTable(tables.send(command, ending))).UnprocessedItems;
      },
      signal,
    );
  });
}

/**
 * Writes any number of items, as writeBatches does. DynamoDB refuses a whole batch for one item's content; then each
 * item is written alone.
 *
 * @returns the items that the table refuses for their content
 */
export async function writeItems<I extends Item>(
  tables: DynamoDBDocumentClient,
  tableName: string,
  items: readonly I[],
): Promise<readonly I[]> {
  const refused: I[] = [];
  const write = async (batch: readonly I[]): Promise<void> => {
    try {
      const writes = batch.map((item) => ({ PutRequest: { Item: item } }));
      await writeBatches(tables, tableName, writes);
    } catch (error) {
      if (!(error instanceof RefusedByTable)) throw error;
      if (batch.length === 1) refused.push(...batch);
      else for (const item of batch) await write([item]);
    }
  };
  await eachConcurrently(chunksOf(items, batchSizes.write), write);
  return refused;
}

/**
 * Reads attributes of any number of items, in no particular order. A key must not occur twice.
 *
 * @param consistent strongly consistent, for twice the price; otherwise eventually consistent
 * @throws Problem as writeBatches.
 */
export async function readBatches(
  tables: DynamoDBDocumentClient,
  tableName: string,
  keys: readonly Item[],
  attributes: readonly string[],
  { consistent = true } = {},
): Promise<Item[]> {
  const found: Item[] = [];
  const reading = { ConsistentRead: consistent, ...projectionOf(attributes) };
  await eachConcurrently(chunksOf(keys, batchSizes.read), async (batch) => {
    await untilDone<Reads>({ [tableName]: { ...reading, Keys: batch } }, async (rest) => {
      const answer = await callTable(tables.send(new BatchGetCommand({ RequestItems: rest })));
      found.push(...(answer.Responses?.[tableName] ?? []));
      return answer.UnprocessedKeys;
    });
  });
  return found;
}

/** Retries the unprocessed rest, with pauses, until nothing is left. */
async function untilDone<Batch extends object>(
  whole: Batch,
  send: (batch: Batch) => Promise<Batch | undefined>,
  signal?: AbortSignal,
): Promise<void> {
  let rest = whole;
  const ending = signal === undefined ? {} : { signal };
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await callTable(wait(Math.random() * firstPause * 2 ** attempt, undefined, ending));
    const left = await send(rest);
    if (left === undefined || Object.keys(left).length === 0) return;
    rest = left;
  }
  throw new Problem('storage_unavailable');
}
