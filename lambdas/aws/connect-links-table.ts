import { randomUUID } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { ConnectLink, ConnectLinkStore } from '../consent/connect-link.ts';
import { callConditionally, callTable, readRow } from './table.ts';

const schemaVersion = 1;

/** An `accountId` would put the row into the index of sessions by account. */
const row = v.object({
  id: v.string(),
  owner: v.string(),
  requester: v.string(),
  expectedAccountId: v.optional(v.string()),
  email: v.optional(v.string()),
  returnTo: v.string(),
  browserHash: v.optional(v.string()),
  /** By which attempt the link was used up. */
  usedBy: v.optional(v.string()),
  expiresAt: v.number(),
});

const prefix = 'link#';

/** Connect links in the table of logins, as `link#<SHA-256 of the link>`; `expiresAt` counts seconds there. */
export function createConnectLinksTable(tables: DynamoDBDocumentClient, tableName: string): ConnectLinkStore {
  const keyOf = (linkId: string) => ({ TableName: tableName, Key: { id: prefix + linkId } });
  const inSeconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
  return {
    put: async ({ linkId, accountId, ...link }) => {
      const item = {
        ...link,
        id: prefix + linkId,
        schemaVersion,
        expectedAccountId: accountId,
        expiresAt: inSeconds(link.expiresAt),
      };
      await callTable(tables.send(new PutCommand({ TableName: tableName, Item: item })));
    },
    find: async (linkId) => {
      const command = new GetCommand({ ...keyOf(linkId), ConsistentRead: true });
      const { Item: item } = await callTable(tables.send(command));
      return item === undefined || item['usedBy'] !== undefined ? undefined : readLink(item);
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
      return bound === undefined ? undefined : readLink(bound.Attributes);
    },
    use: async (linkId, browserHash, now) => {
      const command = new UpdateCommand({
        ...keyOf(linkId),
        // Marked, not deleted: where the SDK repeats a call whose answer was lost, it must know its own use again.
        UpdateExpression: 'SET usedBy = :use',
        ConditionExpression:
          'browserHash = :browser AND expiresAt > :now AND (attribute_not_exists(usedBy) OR usedBy = :use)',
        ExpressionAttributeValues: { ':browser': browserHash, ':now': inSeconds(now), ':use': randomUUID() },
        ReturnValues: 'ALL_NEW',
      });
      const used = await callConditionally(tables.send(command));
      return used === undefined ? undefined : readLink(used.Attributes);
    },
  };
}

function readLink(item: unknown): ConnectLink {
  const { id, expectedAccountId, expiresAt, usedBy: _, ...link } = readRow(row, item);
  return {
    ...link,
    linkId: id.slice(prefix.length),
    ...(expectedAccountId !== undefined && { accountId: expectedAccountId }),
    expiresAt: expiresAt * 1000,
  };
}
