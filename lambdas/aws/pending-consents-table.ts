import { randomUUID } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { ConsentBinding, PendingConsent, PendingConsentStore } from '../consent/pending-consent.ts';
import { isProblemCode, type ProblemCode } from '../errors.ts';
import { isSameSecret } from '../secrets.ts';
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

const outcome = v.union([
  v.object({ sessions: v.array(v.string()), codeHash: v.string() }),
  v.object({ handsOver: v.string(), generation: v.string(), codeHash: v.string() }),
  v.object({
    problem: v.custom<ProblemCode>((code) => typeof code === 'string' && isProblemCode(code)),
    detail: v.optional(v.string()),
  }),
]);

/** What a repeated callback reads of a row that was taken. */
const takenRow = v.object({
  ...v.pick(row, ['browserHash', 'returnTo', 'handoffChallenge', 'invitation', 'expiresAt']).entries,
  takenAt: v.number(),
  endedAt: v.optional(v.number()),
  outcome: v.optional(outcome),
});

/** Pending consents in the table of logins, as `state#<SHA-256 of state>`; `expiresAt` counts seconds there. */
export function createPendingConsentsTable(
  tables: DynamoDBDocumentClient,
  tableName: string,
): PendingConsentStore {
  const idOf = (loginId: string) => `state#${loginId}`;
  const keyOf = (loginId: string) => ({ TableName: tableName, Key: { id: idOf(loginId) } });
  const inSeconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
  return {
    put: async ({ loginId, binding, ...pending }) => {
      const item = {
        ...pending,
        ...binding,
        id: idOf(loginId),
        schemaVersion,
        expiresAt: inSeconds(pending.expiresAt),
      };
      await callTable(tables.send(new PutCommand({ TableName: tableName, Item: item })));
    },
    take: async (loginId, binding, now) => {
      const [attribute, value] = boundBy(binding);
      const command = new UpdateCommand({
        ...keyOf(loginId),
        // Marked, not deleted: a repeated callback must find it, and a repeated call of the SDK know its own.
        UpdateExpression: 'SET takenBy = :taker, takenAt = :takenAt',
        ConditionExpression:
          '#binding = :binding AND expiresAt > :now AND (attribute_not_exists(takenBy) OR takenBy = :taker)',
        ExpressionAttributeNames: { '#binding': attribute },
        ExpressionAttributeValues: {
          ':binding': value,
          ':now': inSeconds(now),
          ':taker': randomUUID(),
          ':takenAt': now,
        },
        ReturnValues: 'ALL_NEW',
      });
      const taken = await callConditionally(tables.send(command));
      if (taken === undefined) return undefined;
      const { browserHash: _, codeChallenge: __, ...pending } = readRow(row, taken.Attributes);
      return { ...pending, binding, loginId, expiresAt: pending.expiresAt * 1000 } satisfies PendingConsent;
    },
    end: async (loginId, outcome, { endedAt, expiresAt }) => {
      const command = new UpdateCommand({
        ...keyOf(loginId),
        UpdateExpression:
          'SET outcome = :outcome, endedAt = :endedAt, expiresAt = :expiresAt REMOVE sealed, expectedAccountId',
        // A row that was deleted meanwhile does not come back.
        ConditionExpression: 'attribute_exists(takenBy)',
        ExpressionAttributeValues: {
          ':outcome': outcome,
          ':endedAt': endedAt,
          ':expiresAt': inSeconds(expiresAt),
        },
      });
      await callConditionally(tables.send(command));
    },
    findTaken: async (loginId, browserHash, now) => {
      const command = new GetCommand({ ...keyOf(loginId), ConsistentRead: true });
      const { Item: item } = await callTable(tables.send(command));
      if (item?.['takenBy'] === undefined) return undefined;
      const { browserHash: bound, expiresAt, ...taken } = readRow(takenRow, item);
      if (bound === undefined || !isSameSecret(bound, browserHash)) return undefined;
      return expiresAt > inSeconds(now) ? { ...taken, loginId } : undefined;
    },
    repeat: async (loginId, browserHash, { since, most }, session) => {
      const adding = session !== undefined;
      const command = new UpdateCommand({
        ...keyOf(loginId),
        UpdateExpression: `ADD repeats :one${adding ? ' SET outcome.sessions = list_append(outcome.sessions, :session)' : ''}`,
        ConditionExpression:
          'browserHash = :browser AND endedAt >= :since AND (attribute_not_exists(repeats) OR repeats < :most)',
        ExpressionAttributeValues: {
          ...{ ':browser': browserHash, ':since': since, ':most': most, ':one': 1 },
          ...(adding && { ':session': [session] }),
        },
      });
      return (await callConditionally(tables.send(command))) !== undefined;
    },
  };
}

/** Each kind of binding has an attribute of its own: a browser’s cookie can never pass for a program’s challenge. */
function boundBy(binding: ConsentBinding): readonly [name: string, value: string] {
  return 'browserHash' in binding
    ? ['browserHash', binding.browserHash]
    : ['codeChallenge', binding.codeChallenge];
}
