import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { RefusedCodes } from '../consent/refused-codes.ts';
import { refusedCodeKey } from './row-parts.ts';
import { getRow, inSeconds, putRow } from './table.ts';

const schemaVersion = 1;

/** Refused authorization codes in the logins table, as `refused#<hash of the code>`. */
export function createRefusedCodes(tables: DynamoDBDocumentClient, TableName: string): RefusedCodes {
  const keyOf = (codeId: string) => ({ id: `${refusedCodeKey}${codeId}` });
  return {
    add: async (codeId, expiresAt) => {
      const Item = { ...keyOf(codeId), schemaVersion, expiresAt: inSeconds(expiresAt) };
      await putRow(tables, { TableName, Item });
    },
    has: async (codeId) =>
      (await getRow(tables, { TableName, Key: keyOf(codeId) }, v.object({}))) !== undefined,
  };
}
