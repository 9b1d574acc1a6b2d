import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { ConsentBinding, PendingConsent, PendingConsentStore } from '../consent/pending-consent.ts';
import { ciphertext } from './ciphertext.ts';
import { callConditionally, callTable, readRow } from './table.ts';

const schemaVersion = 2;

/** Rows of version 1 know no invitation, no handoff and no binding but a browser’s. */
const row = v.object({
  browserHash: v.optional(v.string()),
  codeChallenge: v.optional(v.string()),
  redirectUri: v.optional(v.string()),
  returnTo: v.string(),
  handoffChallenge: v.optional(v.string()),
  invitation: v.optional(
    v.object({ linkId: v.optional(v.string()), owner: v.string(), email: v.optional(v.string()) }),
  ),
  expectedAccountId: v.optional(v.string()),
  prompted: v.boolean(),
  clientId: v.string(),
  scopes: v.array(v.string()),
  sealed: v.optional(ciphertext),
  expiresAt: v.number(),
});

/** Pending consents in the table of logins, as `state#<SHA-256 of state>`; `expiresAt` counts seconds there. */
export function createPendingConsentsTable(
  tables: DynamoDBDocumentClient,
  tableName: string,
): PendingConsentStore {
  const idOf = (loginId: string) => `state#${loginId}`;
  return {
    put: async ({ loginId, binding, ...pending }) => {
      const item = {
        ...pending,
        ...binding,
        id: idOf(loginId),
        schemaVersion,
        expiresAt: Math.floor(pending.expiresAt / 1000),
      };
      await callTable(tables.send(new PutCommand({ TableName: tableName, Item: item })));
    },
    take: async (loginId, binding, now) => {
      const [attribute, value] = boundBy(binding);
      const taken = await callConditionally(
        tables.send(
          new DeleteCommand({
            TableName: tableName,
            Key: { id: idOf(loginId) },
            ConditionExpression: '#binding = :binding AND expiresAt > :now',
            ExpressionAttributeNames: { '#binding': attribute },
            ExpressionAttributeValues: { ':binding': value, ':now': Math.floor(now / 1000) },
            ReturnValues: 'ALL_OLD',
          }),
        ),
      );
      if (taken === undefined) return undefined;
      const { browserHash: _, codeChallenge: __, ...pending } = readRow(row, taken.Attributes);
      return { ...pending, binding, loginId, expiresAt: pending.expiresAt * 1000 } satisfies PendingConsent;
    },
  };
}

/** Each kind of binding has an attribute of its own: a browser’s cookie can never pass for a program’s challenge. */
function boundBy(binding: ConsentBinding): readonly [name: string, value: string] {
  return 'browserHash' in binding
    ? ['browserHash', binding.browserHash]
    : ['codeChallenge', binding.codeChallenge];
}
