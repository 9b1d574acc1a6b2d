import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { EndingGrant, Grant, GrantStatus, GrantStore } from '../grants/grant.ts';
import type { GrantSummary } from '../grants/mailbox-status.ts';
import { emailKeyOf } from './grant-addresses.ts';
import { createGrantReader, grantRow } from './grant-row.ts';
import { endingGrant, grantStatus, grantSummary } from './row-parts.ts';
import { deleteRow, getRow, putRow, updateRow } from './table.ts';

const schemaVersion = 1;

/** Grants, one item per Google account. */
export function createGrantsTable(tables: DynamoDBDocumentClient, tableName: string): GrantStore {
  const keyOf = (accountId: string) => ({ TableName: tableName, Key: { accountId } });
  return {
    find: async (accountId) => {
      const row = await getRow(tables, keyOf(accountId), grantRow);
      return row && readGrant(row);
    },
    replace: async (grant, seen) => {
      const condition =
        seen === undefined
          ? { ConditionExpression: 'attribute_not_exists(accountId)' }
          : {
              ConditionExpression: 'consentId = :consent AND #status = :status',
              ExpressionAttributeNames: { '#status': 'status' },
              ExpressionAttributeValues: { ':consent': seen.consentId, ':status': seen.status },
            };
      return putRow(tables, { TableName: tableName, Item: writeGrant(grant), ...condition });
    },
    putAccessToken: async ({ accountId, consentId }, { ciphertext, expiresAt }, grantExpiresAt) => {
      const end = grantExpiresAt === undefined ? '' : ', grantExpiresAt = :grantExpiresAt';
      return updateRow(tables, {
        ...keyOf(accountId),
        UpdateExpression: `SET accessToken = :token, accessTokenExpiresAt = :expiresAt${end}`,
        ConditionExpression: 'consentId = :consent AND #status = :active',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: {
          ':token': ciphertext,
          ':expiresAt': expiresAt,
          ':consent': consentId,
          ':active': 'active',
          ...(grantExpiresAt !== undefined && { ':grantExpiresAt': grantExpiresAt }),
        },
      });
    },
    dropAccessToken: async ({ accountId, consentId }, expiresAt) => {
      return updateRow(tables, {
        ...keyOf(accountId),
        UpdateExpression: 'REMOVE accessToken, accessTokenExpiresAt',
        ConditionExpression: 'consentId = :consent AND accessTokenExpiresAt = :expiresAt',
        ExpressionAttributeValues: { ':consent': consentId, ':expiresAt': expiresAt },
      });
    },
    putAnnouncedExpiry: async ({ accountId, consentId }, grantExpiresAt) => {
      return updateRow(tables, {
        ...keyOf(accountId),
        UpdateExpression: 'SET announcedExpiry = :grantExpiresAt',
        ConditionExpression: 'consentId = :consent',
        ExpressionAttributeValues: { ':consent': consentId, ':grantExpiresAt': grantExpiresAt },
      });
    },
    putStatus: async ({ accountId, consentId }, next, now) => {
      return updateRow(tables, {
        ...keyOf(accountId),
        UpdateExpression:
          'SET #status = :status, statusSince = :now REMOVE accessToken, accessTokenExpiresAt',
        // A disconnect under way is never reverted.
        ConditionExpression: 'consentId = :consent AND #status IN (:active, :revoked, :status)',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: {
          ':status': next,
          ':now': now,
          ':consent': consentId,
          ':active': 'active',
          ':revoked': 'revoked',
        },
      });
    },
    erase: async ({ accountId, generation }) => {
      return deleteRow(tables, {
        ...keyOf(accountId),
        // It may already be deleted: the SDK retries a call whose response was lost.
        ConditionExpression:
          'attribute_not_exists(accountId) OR (generation = :generation AND #status = :disconnecting)',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':generation': generation, ':disconnecting': 'disconnecting' },
      });
    },
  };
}

/** Reads only the status of a grant: the start of a consent needs no more. */
export function createGrantStatusReader(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (accountId: string) => Promise<GrantStatus | undefined> {
  const find = createGrantReader(tables, tableName, v.pick(grantRow, grantStatus));
  return async (accountId) => (await find(accountId))?.status;
}

/** Reads what a user may see of a grant. */
export function createGrantSummaryReader(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (accountId: string) => Promise<GrantSummary | undefined> {
  return createGrantReader(tables, tableName, v.pick(grantRow, grantSummary));
}

/** Reads what is needed to end a grant. */
export function createEndingGrantReader(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (accountId: string) => Promise<EndingGrant | undefined> {
  return createGrantReader(tables, tableName, v.pick(grantRow, endingGrant));
}

function writeGrant({ accessToken, ...grant }: Grant): Record<string, unknown> {
  return {
    ...grant,
    schemaVersion,
    emailKey: grant.emailUnverified ? undefined : emailKeyOf(grant.email),
    accessToken: accessToken?.ciphertext,
    accessTokenExpiresAt: accessToken?.expiresAt,
  };
}

function readGrant(row: v.InferOutput<typeof grantRow>): Grant {
  const { accessToken, accessTokenExpiresAt, ...grant } = row;
  if (accessToken === undefined || accessTokenExpiresAt === undefined) return grant;
  return { ...grant, accessToken: { ciphertext: accessToken, expiresAt: accessTokenExpiresAt } };
}
