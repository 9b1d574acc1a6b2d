import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { LiveUnitsStore, ReadUnitsOfSync } from '../live/live-units.ts';
import type { LiveUnitsReader } from '../sync/job/live-share.ts';
import { liveUnitsKey, syncUnits } from './row-parts.ts';
import { callTable, getRow, inSeconds, projectionOf, readRow } from './table.ts';

const schemaVersion = 1;

/** How long a row is kept after its minute (milliseconds): the sync reads the last two. */
const lifetime = 3_600_000;

/** Milliseconds that a request or a job waits for the counter in total. */
const patience = 1_000;

const counted = v.object({ units: v.number() });

const keptSpends = v.object({
  generation: v.string(),
  wants: v.number(),
  spends: v.array(v.object({ at: v.number(), units: v.number(), mark: v.optional(v.string()) })),
});

/**
 * The units that live calls of an account have used in a minute, as `live#<account>#<time>` in the usage table;
 * `expiresAt` is in seconds.
 */
export function createLiveUnitsTable(
  tables: DynamoDBDocumentClient,
  tableName: string,
): LiveUnitsStore & LiveUnitsReader {
  return {
    // A call that the SDK retries is counted twice, which errs on the safe side.
    add: async ({ accountId }, startsAt, units) => {
      const command = new UpdateCommand({
        TableName: tableName,
        Key: { id: idOf(accountId, startsAt) },
        UpdateExpression: 'ADD units :units SET expiresAt = :expiresAt, schemaVersion = :schema',
        ExpressionAttributeValues: {
          ':units': units,
          ':expiresAt': inSeconds(startsAt + lifetime),
          ':schema': schemaVersion,
        },
        ReturnValues: 'UPDATED_NEW',
      });
      const { Attributes } = await callTable(tables.send(command, within()));
      return readRow(counted, Attributes).units;
    },
    read: async ({ accountId }, startsAt) => {
      const input = { TableName: tableName, Key: { id: idOf(accountId, startsAt) }, ConsistentRead: false };
      return (await getRow(tables, input, counted, within()))?.units ?? 0;
    },
  };
}

/** Reads the units of the sync of a mailbox; none for another generation. */
export function createSyncUnitsReader(tables: DynamoDBDocumentClient, tableName: string): ReadUnitsOfSync {
  return async ({ accountId, generation }, now, minute) => {
    const input = { TableName: tableName, Key: { accountId }, ConsistentRead: false };
    const row = await getRow(tables, { ...input, ...projectionOf(syncUnits) }, keptSpends, within());
    if (row?.generation !== generation) return { trailing: 0, wants: 0 };
    // Units that are still granted to a job that has ended are not spent.
    const trailing = row.spends.filter(
      ({ at, mark = '' }) => at + minute > now && !mark.startsWith('granted'),
    );
    return { trailing: trailing.reduce((sum, { units }) => sum + units, 0), wants: row.wants };
  };
}

function idOf(accountId: string, startsAt: number): string {
  return `${liveUnitsKey}${accountId}#${new Date(startsAt).toISOString()}`;
}

function within(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(patience) };
}
