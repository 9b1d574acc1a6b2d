import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { UsageStore } from '../sync/usage.ts';
import { callConditionally, callTable } from './table.ts';

const schemaVersion = 1;

/** How long a row stands after its day or tick (milliseconds): long enough to look into what happened. */
const lifetime = 7 * 86_400_000;

const units = v.object({ all: v.number(), backfill: v.number() });

/** The units of a day, as `day#YYYY-MM-DD`, and the ticks that ran, as `tick#<time>`; `expiresAt` counts seconds. */
export function createUsageTable(tables: DynamoDBDocumentClient, tableName: string): UsageStore {
  const keyOf = (day: string) => ({ TableName: tableName, Key: { id: `day#${day}` } });
  const expiryOf = (time: number) => Math.floor((time + lifetime) / 1000);
  return {
    beginTick: async (scheduledAt) => {
      const id = `tick#${new Date(scheduledAt).toISOString()}`;
      const command = new PutCommand({
        TableName: tableName,
        Item: { id, schemaVersion, expiresAt: expiryOf(scheduledAt) },
        ConditionExpression: 'attribute_not_exists(id)',
      });
      return (await callConditionally(tables.send(command))) !== undefined;
    },
    readDay: async (day) => {
      const command = new GetCommand({ ...keyOf(day), ConsistentRead: true });
      const { Item: item } = await callTable(tables.send(command));
      return item === undefined ? { all: 0, backfill: 0 } : v.parse(units, item);
    },
    addToDay: async (day, { all, backfill }) => {
      const command = new UpdateCommand({
        ...keyOf(day),
        UpdateExpression:
          'ADD #all :all, backfill :backfill SET expiresAt = :expiresAt, schemaVersion = :schema',
        ExpressionAttributeNames: { '#all': 'all' },
        ExpressionAttributeValues: {
          ':all': all,
          ':backfill': backfill,
          ':expiresAt': expiryOf(Date.parse(day)),
          ':schema': schemaVersion,
        },
      });
      await callTable(tables.send(command));
    },
  };
}
