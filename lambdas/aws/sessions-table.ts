import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { SessionStore } from '../sessions/session.ts';
import { readPages } from './pages.ts';
import { callConditionally, callTable, readRow } from './table.ts';

const schemaVersion = 1;

const row = v.object({
  accountId: v.string(),
  generation: v.string(),
  createdAt: v.number(),
  renewedAt: v.number(),
  // Rows of earlier versions lack it: their sessions live for 30 days without use.
  idleLifetime: v.optional(v.number(), 30 * 86_400_000),
  expiresAt: v.number(),
});

/** The index by account knows no more. */
const indexRow = v.object({ id: v.string() });

const prefix = 'session#';

/** Sessions in the table of logins, as `session#<SHA-256 of the token>`, indexed by account; `expiresAt` counts seconds. */
export function createSessionsTable(tables: DynamoDBDocumentClient, tableName: string): SessionStore {
  const keyOf = (tokenHash: string) => ({ TableName: tableName, Key: { id: prefix + tokenHash } });
  return {
    put: async ({ tokenHash, endsAt, ...session }) => {
      const item = {
        ...session,
        id: prefix + tokenHash,
        schemaVersion,
        expiresAt: Math.floor(endsAt / 1000),
      };
      await callTable(tables.send(new PutCommand({ TableName: tableName, Item: item })));
    },
    find: async (tokenHash) => {
      const command = new GetCommand({ ...keyOf(tokenHash), ConsistentRead: true });
      const { Item: item } = await callTable(tables.send(command));
      if (item === undefined) return undefined;
      const { expiresAt, ...session } = readRow(row, item);
      return { ...session, tokenHash, endsAt: expiresAt * 1000 };
    },
    renew: async (tokenHash, renewedAt) => {
      await callConditionally(
        tables.send(
          new UpdateCommand({
            ...keyOf(tokenHash),
            UpdateExpression: 'SET renewedAt = :now',
            ConditionExpression: 'attribute_exists(id)',
            ExpressionAttributeValues: { ':now': renewedAt },
          }),
        ),
      );
    },
    delete: async (tokenHash) => {
      await callTable(tables.send(new DeleteCommand(keyOf(tokenHash))));
    },
    deleteOfGeneration: async (tokenHash, generation) => {
      const command = new DeleteCommand({
        ...keyOf(tokenHash),
        ConditionExpression: 'generation = :generation',
        ExpressionAttributeValues: { ':generation': generation },
      });
      await callConditionally(tables.send(command));
    },
    listByAccount: async (accountId) => {
      const pages = paginateQuery(
        { client: tables },
        {
          TableName: tableName,
          IndexName: 'byAccount',
          KeyConditionExpression: 'accountId = :account',
          ExpressionAttributeValues: { ':account': accountId },
          ProjectionExpression: 'id',
        },
      );
      const ids = await Array.fromAsync(readPages(pages, indexRow));
      return ids.flat().map(({ id }) => id.slice(prefix.length));
    },
  };
}
