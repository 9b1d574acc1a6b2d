import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { EndingGrant, Grant, GrantStatus, GrantStore } from '../grants/grant.ts';
import type { GrantSummary } from '../grants/mailbox-status.ts';
import { emailKeyOf } from './grant-addresses.ts';
import { grantRow } from './grant-row.ts';
import { endingGrant, grantStatus, grantSummary } from './row-parts.ts';
import { callConditionally, callTable, readRow } from './table.ts';

const schemaVersion = 1;

const statusRow = v.pick(grantRow, grantStatus);

const summaryRow = v.pick(grantRow, grantSummary);

const endingRow = v.pick(grantRow, endingGrant);

/** Grants, one item per Google account. */
export function createGrantsTable(tables: DynamoDBDocumentClient, tableName: string): GrantStore {
  const keyOf = (accountId: string) => ({ TableName: tableName, Key: { accountId } });
  return {
    find: async (accountId) => {
      const command = new GetCommand({ ...keyOf(accountId), ConsistentRead: true });
      const { Item: item } = await callTable(tables.send(command));
      return item === undefined ? undefined : readGrant(item);
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
      const command = new PutCommand({ TableName: tableName, Item: writeGrant(grant), ...condition });
      return (await callConditionally(tables.send(command))) !== undefined;
    },
    putAccessToken: async ({ accountId, consentId }, { ciphertext, expiresAt }, grantExpiresAt) => {
      const end = grantExpiresAt === undefined ? '' : ', grantExpiresAt = :grantExpiresAt';
      const command = new UpdateCommand({
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
      return (await callConditionally(tables.send(command))) !== undefined;
    },
    dropAccessToken: async ({ accountId, consentId }, expiresAt) => {
      const command = new UpdateCommand({
        ...keyOf(accountId),
        UpdateExpression: 'REMOVE accessToken, accessTokenExpiresAt',
        ConditionExpression: 'consentId = :consent AND accessTokenExpiresAt = :expiresAt',
        ExpressionAttributeValues: { ':consent': consentId, ':expiresAt': expiresAt },
      });
      return (await callConditionally(tables.send(command))) !== undefined;
    },
    putAnnouncedExpiry: async ({ accountId, consentId }, grantExpiresAt) => {
      const command = new UpdateCommand({
        ...keyOf(accountId),
        UpdateExpression: 'SET announcedExpiry = :grantExpiresAt',
        ConditionExpression: 'consentId = :consent',
        ExpressionAttributeValues: { ':consent': consentId, ':grantExpiresAt': grantExpiresAt },
      });
      return (await callConditionally(tables.send(command))) !== undefined;
    },
    putStatus: async ({ accountId, consentId }, next, now) => {
      const command = new UpdateCommand({
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
      return (await callConditionally(tables.send(command))) !== undefined;
    },
    erase: async ({ accountId, generation }) => {
      const command = new DeleteCommand({
        ...keyOf(accountId),
        // It may already be deleted: the SDK retries a call whose response was lost.
        ConditionExpression:
          'attribute_not_exists(accountId) OR (generation = :generation AND #status = :disconnecting)',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':generation': generation, ':disconnecting': 'disconnecting' },
      });
      return (await callConditionally(tables.send(command))) !== undefined;
    },
  };
}

/** Reads only the status of a grant: the start of a consent needs no more. */
export function createGrantStatusReader(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (accountId: string) => Promise<GrantStatus | undefined> {
  return async (accountId) => {
    const item = await readAttributes(tables, tableName, accountId, grantStatus);
    return item === undefined ? undefined : readRow(statusRow, item).status;
  };
}

/** Reads what a user may see of a grant. */
export function createGrantSummaryReader(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (accountId: string) => Promise<GrantSummary | undefined> {
  return async (accountId) => {
    const attributes = Object.keys(summaryRow.entries);
    const item = await readAttributes(tables, tableName, accountId, attributes);
    return item === undefined ? undefined : readRow(summaryRow, item);
  };
}

/** Reads what is needed to end a grant. */
export function createEndingGrantReader(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (accountId: string) => Promise<EndingGrant | undefined> {
  return async (accountId) => {
    const attributes = Object.keys(endingRow.entries);
    const item = await readAttributes(tables, tableName, accountId, attributes);
    return item === undefined ? undefined : readRow(endingRow, item);
  };
}

async function readAttributes(
  tables: DynamoDBDocumentClient,
  tableName: string,
  accountId: string,
  attributes: readonly string[],
): Promise<Record<string, unknown> | undefined> {
  const command = new GetCommand({
    TableName: tableName,
    Key: { accountId },
    ConsistentRead: true,
    ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
  });
  const { Item: item } = await callTable(tables.send(command));
  return item;
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

function readGrant(item: Record<string, unknown>): Grant {
  const { accessToken, accessTokenExpiresAt, ...grant } = readRow(grantRow, item);
  if (accessToken === undefined || accessTokenExpiresAt === undefined) return grant;
  return { ...grant, accessToken: { ciphertext: accessToken, expiresAt: accessTokenExpiresAt } };
}
