import { type DynamoDBDocumentClient, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { Account } from '../owners/account.ts';
import type { AccountList, AccountPage, AccountQuery } from '../owners/account-list.ts';
import type { AccountSummary } from '../sessions/caller.ts';
import { readBatches } from './batches.ts';
import { emailKeysOf } from './grant-addresses.ts';
import { createGrantReader, grantRow } from './grant-row.ts';
import { accountAttributes, accountSummary, grantEnd } from './row-parts.ts';
import { callTable, projectionOf, readRow } from './table.ts';

const row = v.pick(grantRow, accountAttributes);

/** The attributes of a row in the indexes. They predate `grantExpiresAt`, and DynamoDB cannot change a projection. */
const indexedRow = v.omit(row, ['grantExpiresAt']);

/** What is read from the table afterwards. */
const endRow = v.pick(row, grantEnd);

const rows = v.array(row);

const position = v.object({ accountId: v.string() });

/** The most DynamoDB reads for one page, and the factor by which each further read grows. */
const mostReads = 6;
const growth = 4;

/**
 * Lists grants without their tokens. An index finds those of an owner and the one of an address. All accounts need a
 * scan, which DynamoDB charges for whole items.
 */
export function createAccountList(tables: DynamoDBDocumentClient, tableName: string): AccountList {
  /** Adds the attribute that no index projects. */
  async function withEnds(accounts: readonly Account[]): Promise<readonly Account[]> {
    if (accounts.length === 0) return accounts;
    const keys = accounts.map(({ accountId }) => ({ accountId }));
    const items = await readBatches(tables, tableName, keys, grantEnd, { consistent: false });
    const ends = new Map(
      readRow(v.array(endRow), items).map(({ accountId, ...end }) => [accountId, end] as const),
    );
    return accounts.map((account) => ({ ...account, ...ends.get(account.accountId) }));
  }

  return {
    list: async (query) => {
      if (query.email !== undefined) return { accounts: await withEnds(await holderOf(query.email, query)) };
      const page = await readPage(tables, tableName, query);
      // A scan has read whole rows.
      return query.owner === undefined ? page : { ...page, accounts: await withEnds(page.accounts) };
    },
  };

  /** The account that has the address, if it matches the query. */
  async function holderOf(email: string, { owner, status }: AccountQuery): Promise<readonly Account[]> {
    const found = await Promise.all(emailKeysOf(email).map(accountsUnder));
    // Older releases could store one address for several accounts; the latest consent shows which one has it.
    const [holder] = found.flat().toSorted((one, other) => other.connectedAt - one.connectedAt);
    if (holder === undefined) return [];
    const isWanted =
      (owner === undefined || holder.owner === owner) && (status === undefined || holder.status === status);
    return isWanted ? [holder] : [];
  }

  async function accountsUnder(emailKey: string): Promise<readonly Account[]> {
    const index = { index: 'byEmail', name: 'emailKey', value: emailKey } as const;
    const { Items: items = [] } = await callTable(read(tables, tableName, index));
    return readRow(rows, items);
  }
}

async function readPage(
  tables: DynamoDBDocumentClient,
  tableName: string,
  query: AccountQuery,
): Promise<AccountPage> {
  const { owner, status, limit } = query;
  const key = owner === undefined ? undefined : ({ index: 'byOwner', name: 'owner', value: owner } as const);
  const found: Account[] = [];
  let start = query.after;
  for (let reads = 0; reads < mostReads; reads++) {
    const answer = await callTable(
      read(tables, tableName, key, { status, after: start, looks: limit * growth ** reads }),
    );
    found.push(...readRow(rows, answer.Items ?? []));
    const last = found[limit - 1];
    if (last !== undefined && (found.length > limit || answer.LastEvaluatedKey !== undefined)) {
      return { accounts: found.slice(0, limit), next: last.accountId };
    }
    if (answer.LastEvaluatedKey === undefined) return { accounts: found };
    start = readRow(position, answer.LastEvaluatedKey).accountId;
  }
  return { accounts: found, next: start };
}

/** Reads one account consistently. */
export function createAccountReader(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (accountId: string) => Promise<Account | undefined> {
  return createGrantReader(tables, tableName, row);
}

/** Reads the owner of an account consistently. */
export function createAccountSummaryReader(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (accountId: string) => Promise<AccountSummary | undefined> {
  return createGrantReader(tables, tableName, v.pick(grantRow, accountSummary));
}

/** @param looks the most rows to examine, whether or not they match */
function read(
  tables: DynamoDBDocumentClient,
  tableName: string,
  key: IndexKey | undefined,
  { status, after, looks }: Pick<AccountQuery, 'status' | 'after'> & { readonly looks?: number } = {},
): Promise<{ Items?: Record<string, unknown>[] | undefined; LastEvaluatedKey?: unknown }> {
  const projection = projectionOf(Object.keys((key === undefined ? row : indexedRow).entries));
  const values = {
    ...(status !== undefined && { ':status': status }),
    ...(key && { ':key': key.value }),
  };
  const input = {
    TableName: tableName,
    ...projection,
    ...(looks !== undefined && { Limit: looks }),
    ...(status !== undefined && { FilterExpression: '#status = :status' }),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    ...(after !== undefined && {
      ExclusiveStartKey: { accountId: after, ...(key && { [key.name]: key.value }) },
    }),
  };
  if (key === undefined) return tables.send(new ScanCommand(input));
  return tables.send(
    new QueryCommand({
      ...input,
      IndexName: key.index,
      KeyConditionExpression: '#key = :key',
      ExpressionAttributeNames: { ...projection.ExpressionAttributeNames, '#key': key.name },
    }),
  );
}

/** The partition of an index to query. */
interface IndexKey {
  readonly index: 'byEmail' | 'byOwner';
  readonly name: 'emailKey' | 'owner';
  readonly value: string;
}
