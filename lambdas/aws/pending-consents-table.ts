import { randomUUID } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { ConsentBinding, PendingConsent, PendingConsentStore } from '../consent/pending-consent.ts';
import { isProblemCode, type ProblemCode } from '../errors.ts';
import { isSameSecret } from '../secrets.ts';
import { ciphertext } from './ciphertext.ts';
import type { RowMac } from './login-mac.ts';
import { pendingConsentKey } from './row-parts.ts';
import { callConditionally, callTable, inSeconds, putRow, readRow, updateRow } from './table.ts';

const schemaVersion = 3;

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

/** What a repeated callback reads of a taken row. */
const takenRow = v.object({
  ...v.pick(row, ['browserHash', 'returnTo', 'handoffChallenge', 'invitation', 'expiresAt']).entries,
  takenAt: v.number(),
  endedAt: v.optional(v.number()),
  outcome: v.optional(outcome),
  /** The SHA-256 of each session token issued later for this consent. */
  moreSessions: v.optional(v.array(v.string()), []),
});

/**
 * Pending consents in the logins table, as `state#<SHA-256 of state>`; `expiresAt` is in seconds. The MAC covers the
 * consent as started; after its end, the outcome and its recipient.
 */
export function createPendingConsentsTable(
  tables: DynamoDBDocumentClient,
  tableName: string,
  mac: RowMac,
): PendingConsentStore {
  const idOf = (loginId: string) => `${pendingConsentKey}${loginId}`;
  const keyOf = (loginId: string) => ({ TableName: tableName, Key: { id: idOf(loginId) } });
  const isAsBegun = ({ mac: itsMac, takenBy: _, takenAt: __, ...begun }: Item) => mac.fits(begun, itsMac);
  const isAsEnded = ({ mac: itsMac, ...item }: Item) => {
    const { id, browserHash, codeChallenge, returnTo, handoffChallenge, invitation } = item;
    const { expiresAt, endedAt, outcome } = item;
    const ended = { id, browserHash, codeChallenge, returnTo, handoffChallenge, invitation };
    return mac.fits({ ...ended, expiresAt, endedAt, outcome }, itsMac);
  };
  return {
    put: async ({ loginId, binding, ...pending }) => {
      const item = {
        ...pending,
        ...binding,
        id: idOf(loginId),
        schemaVersion,
        expiresAt: inSeconds(pending.expiresAt),
      };
      await putRow(tables, { TableName: tableName, Item: { ...item, mac: await mac.of(item) } });
    },
    take: async (loginId, binding, now) => {
      const [attribute, value] = boundBy(binding);
      const command = new UpdateCommand({
        ...keyOf(loginId),
        // Marked, not deleted: a repeated callback must find it, and a retried SDK call must recognize its own.
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
      if (taken?.Attributes === undefined || !(await isAsBegun(taken.Attributes))) return undefined;
      const { browserHash: _, codeChallenge: __, ...pending } = readRow(row, taken.Attributes);
      return { ...pending, binding, loginId, expiresAt: pending.expiresAt * 1000 } satisfies PendingConsent;
    },
    end: async (pending, outcome, times) => {
      const { loginId, binding, returnTo, handoffChallenge, invitation } = pending;
      const { endedAt, expiresAt } = { ...times, expiresAt: inSeconds(times.expiresAt) };
      const ended = { ...binding, returnTo, handoffChallenge, invitation, expiresAt, endedAt, outcome };
      await updateRow(tables, {
        ...keyOf(loginId),
        UpdateExpression:
          'SET outcome = :outcome, endedAt = :endedAt, expiresAt = :expiresAt, mac = :mac REMOVE sealed, expectedAccountId',
        // A row that was deleted meanwhile must not reappear.
        ConditionExpression: 'attribute_exists(takenBy)',
        ExpressionAttributeValues: {
          ':outcome': outcome,
          ':endedAt': endedAt,
          ':expiresAt': expiresAt,
          ':mac': await mac.of({ id: idOf(loginId), ...ended }),
        },
      });
    },
    findTaken: async (loginId, browserHash, now) => {
      const command = new GetCommand({ ...keyOf(loginId), ConsistentRead: true });
      const { Item: item } = await callTable(tables.send(command));
      if (item?.['takenBy'] === undefined) return undefined;
      if (item['outcome'] === undefined ? !(await isAsBegun(item)) : !(await isAsEnded(item)))
        return undefined;
      const { browserHash: bound, expiresAt, moreSessions, ...taken } = readRow(takenRow, item);
      if (bound === undefined || !isSameSecret(bound, browserHash)) return undefined;
      if (expiresAt <= inSeconds(now)) return undefined;
      return { ...taken, loginId, moreSessions };
    },
    repeat: async (loginId, browserHash, { since, most }, session) => {
      const adding = session !== undefined;
      return updateRow(tables, {
        ...keyOf(loginId),
        UpdateExpression: `ADD repeats :one${adding ? ' SET moreSessions = list_append(if_not_exists(moreSessions, :none), :session)' : ''}`,
        ConditionExpression:
          'browserHash = :browser AND endedAt >= :since AND (attribute_not_exists(repeats) OR repeats < :most)',
        ExpressionAttributeValues: {
          ...{ ':browser': browserHash, ':since': since, ':most': most, ':one': 1 },
          ...(adding && { ':none': [], ':session': [session] }),
        },
      });
    },
  };
}

type Item = Readonly<Record<string, unknown>>;

/** Each kind of binding has its own attribute, so a browser's cookie can never pass for a program's challenge. */
function boundBy(binding: ConsentBinding): readonly [name: string, value: string] {
  return 'browserHash' in binding
    ? ['browserHash', binding.browserHash]
    : ['codeChallenge', binding.codeChallenge];
}
