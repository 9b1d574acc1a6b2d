import { type DynamoDBDocumentClient, GetCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { Session, SessionStore } from '../sessions/session.ts';
import type { RowMac } from './login-mac.ts';
import { readPages } from './pages.ts';
import { sessionKey } from './row-parts.ts';
import { callTable, deleteRow, getRow, inSeconds, putRow, readRow, updateRow } from './table.ts';

const schemaVersion = 2;

const row = v.object({
  accountId: v.string(),
  generation: v.string(),
  createdAt: v.number(),
  renewedAt: v.number(),
  idleLifetime: v.number(),
  expiresAt: v.number(),
});

/** The only attribute in the index by account. */
const indexRow = v.object({ id: v.string() });

const generationRow = v.object({ generation: v.string() });

/** Ends sessions in the logins table, which needs no key. */
type SessionEnds = Pick<SessionStore, 'delete' | 'deleteOfGeneration' | 'listByAccount'> & {
  /** The generation of the grant in a session's row. */
  generationOf(tokenHash: string): Promise<string | undefined>;
};

/**
 * Sessions in the logins table, as `session#<SHA-256 of the token>`, indexed by account; `expiresAt` is in seconds. The
 * MAC covers every attribute, so each renewal recomputes it.
 */
export function createSessionsTable(
  tables: DynamoDBDocumentClient,
  tableName: string,
  mac: RowMac,
): SessionStore {
  return {
    ...createSessionEnds(tables, tableName),
    put: async (session) => {
      const item = itemOf(session);
      await putRow(tables, { TableName: tableName, Item: { ...item, mac: await mac.of(item) } });
    },
    find: async (tokenHash) => {
      const command = new GetCommand({ TableName: tableName, Key: keyOf(tokenHash), ConsistentRead: true });
      const [{ Item: stored }] = await Promise.all([callTable(tables.send(command)), mac.ready()]);
      if (stored === undefined) return undefined;
      const { mac: itsMac, ...item } = stored;
      if (!(await mac.fits(item, itsMac))) return undefined;
      const { expiresAt, ...session } = readRow(row, item);
      return { ...session, tokenHash, endsAt: expiresAt * 1000 };
    },
    renew: async (session, renewedAt) => {
      const item = itemOf({ ...session, renewedAt });
      await updateRow(tables, {
        TableName: tableName,
        Key: keyOf(session.tokenHash),
        UpdateExpression: 'SET renewedAt = :now, mac = :mac',
        ConditionExpression: 'attribute_exists(id)',
        ExpressionAttributeValues: { ':now': renewedAt, ':mac': await mac.of(item) },
      });
    },
  };
}

function keyOf(tokenHash: string) {
  return { id: sessionKey + tokenHash };
}

function itemOf({ tokenHash, endsAt, ...session }: Session) {
  return { ...session, ...keyOf(tokenHash), schemaVersion, expiresAt: inSeconds(endsAt) };
}

/** Ends sessions. It checks no MAC, so it ends forged ones as well. */
export function createSessionEnds(tables: DynamoDBDocumentClient, tableName: string): SessionEnds {
  const at = (tokenHash: string) => ({ TableName: tableName, Key: keyOf(tokenHash) });
  return {
    generationOf: async (tokenHash) => (await getRow(tables, at(tokenHash), generationRow))?.generation,
    delete: async (tokenHash) => {
      await deleteRow(tables, at(tokenHash));
    },
    deleteOfGeneration: async (tokenHash, generation) => {
      await deleteRow(tables, {
        ...at(tokenHash),
        ConditionExpression: 'generation = :generation',
        ExpressionAttributeValues: { ':generation': generation },
      });
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
      return ids.flat().map(({ id }) => id.slice(sessionKey.length));
    },
  };
}
