import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { PendingConsent, PendingConsentStore } from '../consent/pending-consent.ts';
import { callConditionally, callTable } from './table.ts';

const schemaVersion = 1;

const row = v.object({
  browserHash: v.string(),
  returnTo: v.string(),
  expectedAccountId: v.optional(v.string()),
  prompted: v.boolean(),
  clientId: v.string(),
  scopes: v.array(v.string()),
  sealed: v.instance(Uint8Array),
  expiresAt: v.number(),
});

/** Pending consents in the table of logins, as `state#<SHA-256 of state>`; `expiresAt` counts seconds there. */
export function createPendingConsentsTable(
  tables: DynamoDBDocumentClient,
  tableName: string,
): PendingConsentStore {
  const idOf = (loginId: string) => `state#${loginId}`;
  return {
    put: async ({ loginId, ...pending }) => {
      const item = {
        ...pending,
        id: idOf(loginId),
        schemaVersion,
        expiresAt: Math.floor(pending.expiresAt / 1000),
      };
      await callTable(tables.send(new PutCommand({ TableName: tableName, Item: item })));
    },
    take: async (loginId, browserHash, now) => {
      const taken = await callConditionally(
        tables.send(
          new DeleteCommand({
            TableName: tableName,
            Key: { id: idOf(loginId) },
            ConditionExpression: 'browserHash = :browser AND expiresAt > :now',
            ExpressionAttributeValues: { ':browser': browserHash, ':now': Math.floor(now / 1000) },
            ReturnValues: 'ALL_OLD',
          }),
        ),
      );
      if (taken === undefined) return undefined;
      const pending = v.parse(row, taken.Attributes);
      return { ...pending, loginId, expiresAt: pending.expiresAt * 1000 } satisfies PendingConsent;
    },
  };
}
