import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { Change, ChangeBody, FeedName, feedShards } from '../changes/change.ts';
import type { FeedPage, FeedQuery, FeedReader, FeedWriter } from '../changes/feed.ts';
import type { PublishedStore } from '../changes/publish-changes.ts';
import { writeBatches } from './batches.ts';
import { readPages } from './pages.ts';
import { accountFeedKey, ownerFeedKey, publishedKey, wholeFeedKey } from './row-parts.ts';
import { callConditionally, callTable, readRow } from './table.ts';

const schemaVersion = 1;

const shards: typeof feedShards = 4;

/** How long a row is kept (milliseconds): a day longer than it can be read. */
const lifetime = 15 * 86_400_000;

/** Rows erased between two checks of the time. */
const erasePageSize = 500;

const message = v.object({
  id: v.string(),
  threadId: v.optional(v.string()),
  labelIds: v.array(v.string()),
  historyId: v.string(),
});

/**
 * The messages of a change, deflated: IDs and labels shrink to a quarter, and a row of fifty to one or two kilobytes.
 */
const deflated = <Body extends v.GenericSchema>(body: Body) =>
  v.pipe(
    v.instance(Uint8Array),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      try {
        return inflateRawSync(dataset.value).toString();
      } catch {
        addIssue({ message: 'is not deflated' });
        return NEVER;
      }
    }),
    v.parseJson(),
    body,
  );

const every = {
  position: v.string(),
  accountId: v.string(),
  generation: v.string(),
  at: v.number(),
  owner: v.optional(v.string()),
};

const row = v.variant('type', [
  v.object({
    ...every,
    type: v.picklist(['connected', 'renamed', 'caught_up', 'grant_revoked', 'disconnected']),
  }),
  v.object({ ...every, type: v.literal('grant_expiring'), grantExpiresAt: v.number() }),
  v.object({ ...every, type: v.literal('paused'), reason: v.string() }),
  v.object({ ...every, type: v.picklist(['added', 'relabelled']), body: deflated(v.array(message)) }),
  v.object({ ...every, type: v.literal('deleted'), body: deflated(v.array(v.string())) }),
]);

const erasedRow = v.object({ position: v.string(), owner: v.optional(v.string()) });

/**
 * The change feed. Each row is stored in the partitions `account#<account>`, `all#<shard>` and, if there is an owner,
 * `owner#<owner>`, sorted by position. `expiresAt` is in seconds.
 */
export function createChangesTable(
  tables: DynamoDBDocumentClient,
  tableName: string,
  clock: () => number = Date.now,
): FeedReader & FeedWriter & { readonly published: PublishedStore } {
  /** Reads one partition. */
  async function query(feed: string, { after, until, limit }: FeedQuery): Promise<FeedPage> {
    // A position ends with an account ID: a space sorts before and a tilde after all of them.
    const [from, to] = [`${after} `, until ?? '~'];
    if (from > to) return { changes: [], more: false };
    const command = new QueryCommand({
      TableName: tableName,
      ConsistentRead: true,
      KeyConditionExpression: 'feed = :feed AND #position BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#position': 'position' },
      ExpressionAttributeValues: { ':feed': feed, ':from': from, ':to': to },
      Limit: limit,
    });
    const { Items: items = [], LastEvaluatedKey: last } = await callTable(tables.send(command));
    return { changes: readRow(v.array(row), items).map(readChange), more: last !== undefined };
  }

  const write = (rows: readonly Item[], signal: AbortSignal) =>
    writeBatches(
      tables,
      tableName,
      rows.map((item) => ({ PutRequest: { Item: item } })),
      signal,
    );

  const deleteRows = (keys: readonly Item[]) =>
    writeBatches(
      tables,
      tableName,
      keys.map((key) => ({ DeleteRequest: { Key: key } })),
    );

  const positionKeyOf = (shard: number) => ({
    TableName: tableName,
    Key: { feed: publishedKey, position: `${wholeFeedKey}${shard}` },
  });

  return {
    read: async (feed, asked) => {
      const partitions = partitionsOf(feed);
      const pages = await Promise.all(partitions.map((partition) => query(partition, asked)));
      return merge(pages, asked.limit);
    },
    newest: async (accountId) => {
      const command = new QueryCommand({
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: 'feed = :feed',
        ExpressionAttributeValues: { ':feed': feedOf.account(accountId) },
        ScanIndexForward: false,
        Limit: 1,
      });
      const { Items: items = [] } = await callTable(tables.send(command));
      return readRow(v.array(row), items).map(readChange)[0];
    },
    append: async (change, within) => {
      const signal = AbortSignal.timeout(within);
      const item = writeChange(change);
      const [own, ...others] = feedsOf(change).map((feed) => ({ ...item, feed }));
      const writes = [own === undefined ? [] : [own], others];
      const isOfMessages = 'body' in item;
      for (const rows of isOfMessages ? writes : writes.toReversed()) await write(rows, signal);
    },
    eraseMessages: async (mailbox, until) => {
      const query = {
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: 'feed = :feed',
        FilterExpression: 'generation = :generation AND #type IN (:added, :relabelled, :deleted)',
        ProjectionExpression: '#position, #owner',
        ExpressionAttributeNames: { '#position': 'position', '#owner': 'owner', '#type': 'type' },
        ExpressionAttributeValues: {
          ':feed': feedOf.account(mailbox.accountId),
          ':generation': mailbox.generation,
          ':added': 'added',
          ':relabelled': 'relabelled',
          ':deleted': 'deleted',
        },
      };
      const answers = paginateQuery({ client: tables, pageSize: erasePageSize }, query);
      for await (const rows of readPages(answers, erasedRow)) {
        if (clock() >= until) return false;
        const keys = rows.map(({ position, owner }) =>
          feedsOf({ ...mailbox, owner }).map((feed) => ({ feed, position })),
        );
        // The account's own rows go last, because they name the others.
        await deleteRows(keys.flatMap(([_, ...others]) => others));
        await deleteRows(keys.flatMap(([own]) => own ?? []));
      }
      return true;
    },
    published: {
      find: async (shard) => {
        const command = new GetCommand({ ...positionKeyOf(shard), ConsistentRead: true });
        const { Item: item } = await callTable(tables.send(command));
        return item === undefined ? undefined : readRow(v.object({ upTo: v.string() }), item).upTo;
      },
      move: async (shard, position) => {
        const command = new UpdateCommand({
          ...positionKeyOf(shard),
          UpdateExpression: 'SET upTo = :position, schemaVersion = :schema',
          // The row may already exist: the SDK retries a call whose response was lost.
          ConditionExpression: 'attribute_not_exists(upTo) OR upTo <= :position',
          ExpressionAttributeValues: { ':position': position, ':schema': schemaVersion },
        });
        return (await callConditionally(tables.send(command))) !== undefined;
      },
    },
  };
}

type Item = Record<string, unknown>;

const feedOf = {
  account: (accountId: string) => `${accountFeedKey}${accountId}`,
  owner: (owner: string) => `${ownerFeedKey}${owner}`,
  all: (shard: number) => `${wholeFeedKey}${shard}`,
};

/** The feeds of a change, its account's first. */
function feedsOf({ accountId, owner }: Pick<Change, 'accountId' | 'owner'>): string[] {
  return [
    feedOf.account(accountId),
    feedOf.all(shardOf(accountId)),
    ...(owner === undefined ? [] : [feedOf.owner(owner)]),
  ];
}

function partitionsOf(feed: FeedName): string[] {
  if (feed === 'all') return Array.from({ length: shards }, (_, shard) => feedOf.all(shard));
  if ('shard' in feed) return [feedOf.all(feed.shard)];
  return 'owner' in feed ? [feedOf.owner(feed.owner)] : [feedOf.account(feed.accountId)];
}

/** Shards spread accounts evenly over partitions; an account's shard never changes. */
function shardOf(accountId: string): number {
  return createHash('sha256').update(accountId).digest().readUInt8(0) % shards;
}

/** Merges the beginnings of several partitions, up to the position where the first of them was cut off. */
function merge(pages: readonly FeedPage[], limit: number): FeedPage {
  const cuts = pages.flatMap(({ changes, more }) => (more ? changes.slice(-1).map(positionOf) : []));
  const horizon = cuts.toSorted()[0] ?? '~';
  const all = pages
    .flatMap(({ changes }) => changes)
    .map((change) => ({ change, position: positionOf(change) }))
    .sort((one, other) => (one.position < other.position ? -1 : 1));
  const within = all.filter(({ position }) => position <= horizon).slice(0, limit);
  return { changes: within.map(({ change }) => change), more: cuts.length > 0 || within.length < all.length };
}

function positionOf({ sequence, accountId }: Pick<Change, 'sequence' | 'accountId'>): string {
  return `${sequence}#${accountId}`;
}

function writeChange({ sequence, ...change }: Change): Item {
  const { accountId, generation, at, owner, type } = change;
  return {
    ...{ accountId, generation, at, owner, type, schemaVersion },
    ...writeBody(change),
    position: positionOf({ sequence, accountId }),
    expiresAt: Math.floor((at + lifetime) / 1000),
  };
}

function writeBody(body: ChangeBody): Item {
  if (body.type === 'paused') return { reason: body.reason };
  if (body.type === 'grant_expiring') return { grantExpiresAt: body.grantExpiresAt };
  if (body.type === 'deleted') return { body: deflateRawSync(JSON.stringify(body.messageIds)) };
  return 'messages' in body ? { body: deflateRawSync(JSON.stringify(body.messages)) } : {};
}

function readChange(item: v.InferOutput<typeof row>): Change {
  const { position, accountId, generation, at, owner } = item;
  const sequence = position.slice(0, position.indexOf('#'));
  const common = { accountId, generation, sequence, at, ...(owner !== undefined && { owner }) };
  switch (item.type) {
    case 'added':
    case 'relabelled':
      return { ...common, type: item.type, messages: item.body };
    case 'deleted':
      return { ...common, type: item.type, messageIds: item.body };
    case 'paused':
      return { ...common, type: item.type, reason: item.reason };
    case 'grant_expiring':
      return { ...common, type: item.type, grantExpiresAt: item.grantExpiresAt };
    default:
      return { ...common, type: item.type };
  }
}
