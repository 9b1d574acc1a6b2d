import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { ciphertext } from './ciphertext.ts';
import { getRow, projectionOf } from './table.ts';

/** A grant in the table. Readers pick the attributes that they may see. */
export const grantRow = v.object({
  accountId: v.string(),
  generation: v.string(),
  consentId: v.string(),
  status: v.picklist(['active', 'revoked', 'disconnecting']),
  statusSince: v.optional(v.number()),
  email: v.string(),
  emailUnverified: v.optional(v.literal(true)),
  owner: v.optional(v.string()),
  clientId: v.string(),
  scopes: v.array(v.string()),
  connectedAt: v.number(),
  refreshToken: ciphertext,
  boundTo: v.optional(v.string()),
  grantExpiresAt: v.optional(v.number()),
  announcedExpiry: v.optional(v.number()),
  accessToken: v.optional(ciphertext),
  accessTokenExpiresAt: v.optional(v.number()),
});

/** Reads one grant consistently, and only the attributes of the schema. */
export function createGrantReader<Schema extends v.ObjectSchema<v.ObjectEntries, undefined>>(
  tables: DynamoDBDocumentClient,
  tableName: string,
  schema: Schema,
): (accountId: string) => Promise<v.InferOutput<Schema> | undefined> {
  const projection = projectionOf(Object.keys(schema.entries));
  return (accountId) => getRow(tables, { TableName: tableName, Key: { accountId }, ...projection }, schema);
}
