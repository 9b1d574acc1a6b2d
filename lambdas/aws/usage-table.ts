import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { UsageStore } from '../sync/dispatch/usage.ts';
import { readBatches } from './batches.ts';
import { dayKey, lastTicksKey, slowDownKey, tickKey } from './row-parts.ts';
import { getRow, inSeconds, putRow, updateRow } from './table.ts';

const schemaVersion = 1;

/** How long a row is kept after its day or tick (milliseconds): long enough to investigate. */
const lifetime = 7 * 86_400_000;

const units = v.object({ all: v.number(), backfill: v.number() });

const slowDown = v.object({ until: v.number() });

const lastTicks = v.object({
  ticks: v.array(v.object({ at: v.number(), jobs: v.number(), units: v.number() })),
});

/**
 * Units of a day as `day#YYYY-MM-DD`, ticks as `tick#<time>`, the state that a tick leaves for the next one as
 * `last-ticks`, and the latest refusal of the whole project as `slow-down`; `expiresAt` is in seconds.
 */
export function createUsageTable(tables: DynamoDBDocumentClient, tableName: string): UsageStore {
  const keyOf = (id: string) => ({ TableName: tableName, Key: { id } });
  const expiryOf = (time: number) => inSeconds(time + lifetime);
  return {
    beginTick: async (scheduledAt) => {
      const id = tickIdOf(scheduledAt);
      const runId = randomUUID();
      return putRow(tables, {
        TableName: tableName,
        Item: { id, schemaVersion, expiresAt: expiryOf(scheduledAt), runId },
        // Its own row may already be stored: the SDK retries a call whose response was lost.
        ConditionExpression: 'attribute_not_exists(id) OR runId = :run',
        ExpressionAttributeValues: { ':run': runId },
      });
    },
    readDay: async (day) => (await getRow(tables, keyOf(dayKey + day), units)) ?? { all: 0, backfill: 0 },
    addToDay: async (day, { all, backfill }) => {
      await updateRow(tables, {
        ...keyOf(dayKey + day),
        UpdateExpression:
          'ADD #all :all, backfill :backfill SET expiresAt = :expiresAt, schemaVersion = :schema, lastWrite = :write',
        // If the SDK retries a call whose response was lost, the units are already counted.
        ConditionExpression: 'attribute_not_exists(lastWrite) OR lastWrite <> :write',
        ExpressionAttributeNames: { '#all': 'all' },
        ExpressionAttributeValues: {
          ':all': all,
          ':backfill': backfill,
          ':expiresAt': expiryOf(Date.parse(day)),
          ':schema': schemaVersion,
          ':write': randomUUID(),
        },
      });
    },
    readTicks: async () => (await getRow(tables, keyOf(lastTicksKey), lastTicks))?.ticks ?? [],
    writeTicks: async (ticks) => {
      const expiresAt = expiryOf(Math.max(...ticks.map(({ at }) => at)));
      const Item = { id: lastTicksKey, schemaVersion, expiresAt, ticks };
      await putRow(tables, { TableName: tableName, Item });
    },
    slowDown: async (until) => {
      await updateRow(tables, {
        ...keyOf(slowDownKey),
        UpdateExpression: 'SET #until = :until, expiresAt = :expiresAt, schemaVersion = :schema',
        ConditionExpression: 'attribute_not_exists(id) OR #until < :until',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: {
          ':until': until,
          ':expiresAt': expiryOf(until),
          ':schema': schemaVersion,
        },
      });
    },
    slowedUntil: async () => (await getRow(tables, keyOf(slowDownKey), slowDown))?.until ?? 0,
  };
}

/**
 * Returns whether a dispatcher ran for any tick within some seconds. The scheduler's minutes start at any second, and
 * no index contains the ticks, so it reads every second.
 */
export function createTickReader(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (until: number, seconds: number) => Promise<boolean> {
  return async (until, seconds) => {
    const last = until - (until % 1_000);
    const keys = Array.from({ length: seconds }, (_, back) => ({ id: tickIdOf(last - back * 1_000) }));
    return (await readBatches(tables, tableName, keys, ['id'], { consistent: false })).length > 0;
  };
}

function tickIdOf(scheduledAt: number): string {
  return `${tickKey}${new Date(scheduledAt).toISOString()}`;
}
