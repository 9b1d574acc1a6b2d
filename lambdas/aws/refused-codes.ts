import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { RefusedCodes } from '../consent/refused-codes.ts';
import { refusedCodeKey } from './row-parts.ts';
import { callTable } from './table.ts';

const schemaVersion = 1;

/** Refused authorization codes in the logins table, as `refused#<hash of the code>`; `expiresAt` is in seconds. */
export function createRefusedCodes(tables: DynamoDBDocumentClient, tableName: string): RefusedCodes {
  const idOf = (codeId: string) => `${refusedCodeKey}${codeId}`;
  return {
    add: async (codeId, expiresAt) => {
      const item = { id: idOf(codeId), schemaVersion, expiresAt: Math.floor(expiresAt / 1000) };
      await callTable(tables.send(new PutCommand({ TableName: tableName, Item: item })));
    },
    has: async (codeId) => {
      const command = new GetCommand({
        TableName: tableName,
        Key: { id: idOf(codeId) },
        ConsistentRead: true,
      });
      return (await callTable(tables.send(command))).Item !== undefined;
    },
  };
}
