import { randomUUID } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { ConnectLink, ConnectLinkStore } from '../consent/connect-link.ts';
import type { RowMac } from './login-mac.ts';
import { connectLinkKey } from './row-parts.ts';
import { callConditionally, callTable, inSeconds, putRow, readRow } from './table.ts';

const schemaVersion = 2;

/** Without an `accountId` attribute, which would put the row into the index of sessions. */
const row = v.object({
  id: v.string(),
  owner: v.string(),
  requester: v.string(),
  expectedAccountId: v.optional(v.string()),
  email: v.optional(v.string()),
  returnTo: v.string(),
  browserHash: v.optional(v.string()),
  /** The attempt that used up the link. */
  usedBy: v.optional(v.string()),
  expiresAt: v.number(),
});

/**
 * Connect links in the logins table, as `link#<SHA-256 of the link>`; `expiresAt` is in seconds. The MAC covers the
 * request, but not which browser follows the link, nor whether it is used up.
 */
export function createConnectLinksTable(
  tables: DynamoDBDocumentClient,
  tableName: string,
  mac: RowMac,
): ConnectLinkStore {
  const keyOf = (linkId: string) => ({ TableName: tableName, Key: { id: connectLinkKey + linkId } });
  return {
    put: async ({ linkId, accountId, browserHash, ...link }) => {
      const item = {
        ...link,
        id: connectLinkKey + linkId,
        schemaVersion,
        expectedAccountId: accountId,
        expiresAt: inSeconds(link.expiresAt),
      };
      await putRow(tables, { TableName: tableName, Item: { ...item, browserHash, mac: await mac.of(item) } });
    },
    find: async (linkId) => {
      const command = new GetCommand({ ...keyOf(linkId), ConsistentRead: true });
      const { Item: item } = await callTable(tables.send(command));
      return item?.['usedBy'] === undefined ? readLink(item, mac) : undefined;
    },
    bind: async (linkId, browserHash, now) => {
      const command = new UpdateCommand({
        ...keyOf(linkId),
        UpdateExpression: 'SET browserHash = :browser',
        ConditionExpression:
          'expiresAt > :now AND attribute_not_exists(usedBy) AND (attribute_not_exists(browserHash) OR browserHash = :browser)',
        ExpressionAttributeValues: { ':browser': browserHash, ':now': inSeconds(now) },
        ReturnValues: 'ALL_NEW',
      });
      const bound = await callConditionally(tables.send(command));
      return readLink(bound?.Attributes, mac);
    },
    use: async (linkId, browserHash, now) => {
      const command = new UpdateCommand({
        ...keyOf(linkId),
        // Marked, not deleted: if the SDK retries a call whose response was lost, it must recognize its own use.
        UpdateExpression: 'SET usedBy = :use',
        ConditionExpression:
          'browserHash = :browser AND expiresAt > :now AND (attribute_not_exists(usedBy) OR usedBy = :use)',
        ExpressionAttributeValues: { ':browser': browserHash, ':now': inSeconds(now), ':use': randomUUID() },
        ReturnValues: 'ALL_NEW',
      });
      const used = await callConditionally(tables.send(command));
      return readLink(used?.Attributes, mac);
    },
  };
}

async function readLink(
  stored: Readonly<Record<string, unknown>> | undefined,
  mac: RowMac,
): Promise<ConnectLink | undefined> {
  if (stored === undefined) return undefined;
  const { mac: itsMac, browserHash, usedBy, ...item } = stored;
  if (!(await mac.fits(item, itsMac))) return undefined;
  const { id, expectedAccountId, expiresAt, usedBy: _, ...link } = readRow(row, stored);
  return {
    ...link,
    linkId: id.slice(connectLinkKey.length),
    ...(expectedAccountId !== undefined && { accountId: expectedAccountId }),
    expiresAt: expiresAt * 1000,
  };
}
