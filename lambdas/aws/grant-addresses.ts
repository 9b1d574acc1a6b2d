import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { MailboxKey } from '../copied-message.ts';
import { mailboxOf } from '../mail-address.ts';
import type { GrantAddresses } from '../sync/mailbox/renew-address.ts';
import { callTable, readRow, updateRow } from './table.ts';

const rows = v.array(v.object({ accountId: v.string(), generation: v.string() }));

/**
 * The index keys of an address. Older releases stored a Gmail address with its dots; the next renewal replaces that
 * key.
 */
export function emailKeysOf(email: string): readonly string[] {
  return [...new Set([mailboxOf(email), email.toLowerCase()])];
}

/** The key under which an address is stored. DynamoDB does not index an empty one. */
export function emailKeyOf(email: string): string | undefined {
  return email === '' ? undefined : mailboxOf(email);
}

/** The addresses in the grants table. */
export function createGrantAddresses(tables: DynamoDBDocumentClient, tableName: string): GrantAddresses {
  async function grantsUnder(key: string): Promise<readonly MailboxKey[]> {
    const command = new QueryCommand({
      TableName: tableName,
      IndexName: 'byEmail',
      KeyConditionExpression: 'emailKey = :key',
      ExpressionAttributeValues: { ':key': key },
      ProjectionExpression: 'accountId, generation',
    });
    const { Items: items = [] } = await callTable(tables.send(command));
    return readRow(rows, items);
  }

  return {
    othersWith: async (email, accountId) => {
      const found = await Promise.all(emailKeysOf(email).map(grantsUnder));
      return found.flat().filter((grant) => grant.accountId !== accountId);
    },
    put: async ({ accountId, consentId }, { email, emailVerified }) => {
      return updateRow(tables, {
        TableName: tableName,
        Key: { accountId },
        UpdateExpression: emailVerified
          ? 'SET email = :email, emailKey = :key REMOVE emailUnverified'
          : 'SET email = :email, emailUnverified = :unverified REMOVE emailKey',
        ConditionExpression: 'consentId = :consent',
        ExpressionAttributeValues: {
          ':email': email,
          ...(emailVerified ? { ':key': emailKeyOf(email) } : { ':unverified': true }),
          ':consent': consentId,
        },
      });
    },
    drop: async (accountId, email) => {
      const keys = emailKeysOf(email).map((key, index) => [`:key${index}`, key] as const);
      return updateRow(tables, {
        TableName: tableName,
        Key: { accountId },
        UpdateExpression: 'SET email = :none REMOVE emailKey, emailUnverified',
        ConditionExpression: `emailKey IN (${keys.map(([name]) => name).join(', ')}) OR (emailUnverified = :unverified AND email = :email)`,
        ExpressionAttributeValues: {
          ...Object.fromEntries(keys),
          ':none': '',
          ':unverified': true,
          ':email': email,
        },
      });
    },
  };
}
