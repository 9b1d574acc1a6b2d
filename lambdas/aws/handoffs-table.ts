import { DeleteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { HandoffStore } from '../sessions/handoff.ts';
import type { RowMac } from './login-mac.ts';
import { handoffKey } from './row-parts.ts';
import { callConditionally, inSeconds, putRow, readRow } from './table.ts';

const schemaVersion = 2;

/** Without an `accountId` attribute, which would put the row into the index of sessions. */
const row = v.object({
  handsOver: v.string(),
  generation: v.string(),
  codeChallenge: v.string(),
  origin: v.string(),
  expiresAt: v.number(),
});

/** Handoffs in the logins table, as `handoff#<SHA-256 of the handoff>`; `expiresAt` is in seconds. */
export function createHandoffsTable(
  tables: DynamoDBDocumentClient,
  tableName: string,
  mac: RowMac,
): HandoffStore {
  const idOf = (handoffId: string) => `${handoffKey}${handoffId}`;
  return {
    put: async ({ handoffId, accountId, ...handoff }) => {
      const item = {
        ...handoff,
        id: idOf(handoffId),
        schemaVersion,
        handsOver: accountId,
        expiresAt: inSeconds(handoff.expiresAt),
      };
      await putRow(tables, { TableName: tableName, Item: { ...item, mac: await mac.of(item) } });
    },
    take: async (handoffId, codeChallenge, now) => {
      const command = new DeleteCommand({
        TableName: tableName,
        Key: { id: idOf(handoffId) },
        ConditionExpression: 'codeChallenge = :challenge AND expiresAt > :now',
        ExpressionAttributeValues: { ':challenge': codeChallenge, ':now': inSeconds(now) },
        ReturnValues: 'ALL_OLD',
      });
      const taken = await callConditionally(tables.send(command));
      const { mac: itsMac, ...item } = taken?.Attributes ?? {};
      if (taken === undefined || !(await mac.fits(item, itsMac))) return undefined;
      const { handsOver, ...handoff } = readRow(row, item);
      return { ...handoff, handoffId, accountId: handsOver, expiresAt: handoff.expiresAt * 1000 };
    },
  };
}
