import { type DynamoDBDocumentClient, GetCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { mailboxOf } from '../mail-address.ts';
import type { Account } from '../owners/account.ts';
import type { AccountList, AccountPage, AccountQuery } from '../owners/account-list.ts';
import type { AccountSummary } from '../sessions/caller.ts';
import { readBatches } from './batches.ts';
import { callTable, readRow } from './table.ts';

const row = v.object({
  accountId: v.string(),
  generation: v.string(),
  status: v.picklist(['active', 'revoked', 'disconnecting']),
  email: v.string(),
  owner: v.optional(v.string()),
  scopes: v.array(v.string()),
  connectedAt: v.number(),
  grantExpiresAt: v.optional(v.number()),
});

/** What the indexes hold of a row: they are older than `grantExpiresAt`, and DynamoDB changes no projection. */
const indexedRow = v.omit(row, ['grantExpiresAt']);

/** What is then read from the table. */
const endRow = v.pick(row, ['accountId', 'grantExpiresAt']);

const rows = v.array(row);

/** What tells whose account one is. */
const summaryRow = v.pick(row, ['accountId', 'generation', 'owner', 'status']);

const position = v.object({ accountId: v.string() });

/** How often DynamoDB is asked for one page, and how many times more rows each further read looks at. */
const mostReads = 6;
const growth = 4;

/**
 * Lists grants without their tokens: those of an owner or an address by the index that knows them, all by a scan, which
 * costs what the whole items cost.
 */
export function createAccountList(tables: DynamoDBDocumentClient, tableName: string): AccountList {
  /** Adds what no index holds. */
  async function withEnds(accounts: readonly Account[]): Promise<readonly Account[]> {
    if (accounts.length === 0) return accounts;
    const keys = accounts.map(({ accountId }) => ({ accountId }));
    const names = Object.keys(endRow.entries);
    const items = await readBatches(tables, tableName, keys, names, { consistent: false });
    const ends = new Map(
      readRow(v.array(endRow), items).map(({ accountId, ...end }) => [accountId, end] as const),
    );
    return accounts.map((account) => ({ ...account, ...ends.get(account.accountId) }));
  }

  return {
    list: async (query) => {
      const keys = keysOf(query);
      const pages = await Promise.all(keys.map((key) => readPage(tables, tableName, query, key)));
      const page = keys.length === 1 ? (pages[0] ?? { accounts: [] }) : merge(pages, query.limit);
      // A scan has read the whole rows.
      return keys.includes(undefined) ? page : { ...page, accounts: await withEnds(page.accounts) };
    },
  };
}

async function readPage(
  tables: DynamoDBDocumentClient,
  tableName: string,
  query: AccountQuery,
  key: IndexKey | undefined,
): Promise<AccountPage> {
  const { limit } = query;
  const found: Account[] = [];
  let start = query.after;
  for (let reads = 0; reads < mostReads; reads++) {
    const answer = await callTable(read(tables, tableName, query, key, start, limit * growth ** reads));
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

/** One page of several that are each sorted by account: it goes no further than the one that was read least far. */
function merge(pages: readonly AccountPage[], limit: number): AccountPage {
  const reached = pages.flatMap(({ next }) => next ?? []).toSorted()[0];
  const accounts = pages
    .flatMap((page) => page.accounts)
    .filter(({ accountId }) => reached === undefined || accountId <= reached)
    .toSorted((one, other) => (one.accountId < other.accountId ? -1 : 1));
  const last = accounts[limit - 1];
  if (last !== undefined && accounts.length > limit) {
    return { accounts: accounts.slice(0, limit), next: last.accountId };
  }
  return { accounts, ...(reached !== undefined && { next: reached }) };
}

/** One account, read consistently. */
export function createAccountReader(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (accountId: string) => Promise<Account | undefined> {
  return (accountId) => readOne(tables, tableName, accountId, row);
}

/** What tells whose account one is, read consistently. */
export function createAccountSummaryReader(
  tables: DynamoDBDocumentClient,
  tableName: string,
): (accountId: string) => Promise<AccountSummary | undefined> {
  return (accountId) => readOne(tables, tableName, accountId, summaryRow);
}

async function readOne<Schema extends v.ObjectSchema<v.ObjectEntries, undefined>>(
  tables: DynamoDBDocumentClient,
  tableName: string,
  accountId: string,
  schema: Schema,
): Promise<v.InferOutput<Schema> | undefined> {
  const command = new GetCommand({
    TableName: tableName,
    Key: { accountId },
    ConsistentRead: true,
    ...projectionOf(schema),
  });
  const { Item: item } = await callTable(tables.send(command));
  return item === undefined ? undefined : readRow(schema, item);
}

/** @param looks the most rows that are looked at, whether or not they are wanted */
function read(
  tables: DynamoDBDocumentClient,
  tableName: string,
  { owner, status }: AccountQuery,
  key: IndexKey | undefined,
  after: string | undefined,
  looks: number,
): Promise<{ Items?: Record<string, unknown>[] | undefined; LastEvaluatedKey?: unknown }> {
  const filters = { status, ...(key?.name === 'emailKey' && { owner }) };
  const wanted = Object.entries(filters).filter(([, value]) => value !== undefined);
  const { ProjectionExpression, ExpressionAttributeNames } = projectionOf(
    key === undefined ? row : indexedRow,
  );
  const values = Object.fromEntries(wanted.map(([name, value]) => [`:${name}`, value]));
  const all = {
    TableName: tableName,
    Limit: looks,
    ProjectionExpression,
    ...(wanted.length > 0 && {
      FilterExpression: wanted.map(([name]) => `#${name} = :${name}`).join(' AND '),
    }),
  };
  const start = after === undefined ? undefined : { accountId: after };
  if (key === undefined) {
    return tables.send(
      new ScanCommand({
        ...all,
        ExpressionAttributeNames,
        ...(wanted.length > 0 && { ExpressionAttributeValues: values }),
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
  }
  return tables.send(
    new QueryCommand({
      ...all,
      IndexName: key.index,
      KeyConditionExpression: '#key = :key',
      ExpressionAttributeNames: { ...ExpressionAttributeNames, '#key': key.name },
      ExpressionAttributeValues: { ...values, ':key': key.value },
      ...(start && { ExclusiveStartKey: { ...start, [key.name]: key.value } }),
    }),
  );
}

/** The partition of an index in which accounts are looked for. */
interface IndexKey {
  readonly index: 'byEmail' | 'byOwner';
  readonly name: 'emailKey' | 'owner';
  readonly value: string;
}

/**
 * Of an address there are few accounts, of an owner there may be many. Older releases stored an address of Gmail with its
 * dots; the next consent replaces that key.
 */
function keysOf({ owner, email }: AccountQuery): readonly (IndexKey | undefined)[] {
  if (email !== undefined) {
    const values = new Set([mailboxOf(email), email.toLowerCase()]);
    return [...values].map((value) => ({ index: 'byEmail', name: 'emailKey', value }));
  }
  return [owner === undefined ? undefined : { index: 'byOwner', name: 'owner', value: owner }];
}

function projectionOf({ entries }: { readonly entries: object }) {
  const names = Object.keys(entries);
  return {
    ProjectionExpression: names.map((name) => `#${name}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
  };
}
