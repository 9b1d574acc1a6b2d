import { type Change, type FeedName, feedShards, isOfMessages } from '../../../lambdas/changes/change.ts';
import type { FeedPage, FeedQuery, FeedReader, FeedWriter } from '../../../lambdas/changes/feed.ts';
import { positionOf } from '../../../lambdas/changes/position.ts';
import type { PublishedStore } from '../../../lambdas/changes/publish-changes.ts';
import type { MailboxKey } from '../../../lambdas/copied-message.ts';

/** The change feed in memory, its partitions as the table has them. */
export class MemoryFeed implements FeedReader, FeedWriter {
  readonly #partitions = new Map<string, Map<string, Change>>();
  readonly #published = new Map<number, string>();

  readonly published: PublishedStore = {
    find: async (shard) => this.#published.get(shard),
    move: async (shard, position) => {
      if ((this.#published.get(shard) ?? '') > position) return false;
      this.#published.set(shard, position);
      return true;
    },
  };

  /** Writes one row, as it is. */
  put(partition: string, change: Change): void {
    this.#rows(partition).set(positionOf(change), change);
  }

  /** What stands in a partition, in order. */
  list(partition: string): Change[] {
    return [...this.#rows(partition)].sort(byPosition).map(([, change]) => change);
  }

  async append(change: Change): Promise<void> {
    for (const partition of partitionsOf(change)) this.put(partition, change);
  }

  async newest(accountId: string): Promise<Change | undefined> {
    return this.last(accountId);
  }

  async read(feed: FeedName, query: FeedQuery): Promise<FeedPage> {
    return this.page(feed, query);
  }

  /** An account's newest change. */
  last(accountId: string): Change | undefined {
    return this.list(`account#${accountId}`).at(-1);
  }

  /** A page of a feed. */
  page(feed: FeedName, { after, until, limit }: FeedQuery): FeedPage {
    const rows = partitionsIn(feed).flatMap((partition) => [...this.#rows(partition)]);
    const asked = rows.filter(([position]) => position > after && (until === undefined || position < until));
    const changes = asked
      .sort(byPosition)
      .slice(0, limit)
      .map(([, change]) => change);
    return { changes, more: changes.length < asked.length };
  }

  async eraseMessages(mailbox: MailboxKey): Promise<boolean> {
    for (const change of this.messagesOf(mailbox)) this.delete(change);
    return true;
  }

  /** What is told of the messages of one generation. */
  messagesOf({ accountId, generation }: MailboxKey): Change[] {
    const own = this.list(`account#${accountId}`);
    return own.filter((change) => change.generation === generation && isOfMessages(change));
  }

  /** Deletes a change from every feed. */
  delete(change: Change): void {
    for (const partition of partitionsOf(change)) this.#rows(partition).delete(positionOf(change));
  }

  #rows(partition: string): Map<string, Change> {
    const rows = this.#partitions.get(partition) ?? new Map<string, Change>();
    this.#partitions.set(partition, rows);
    return rows;
  }
}

/** A feed that keeps nothing, for jobs of which it does not matter what they tell. */
export const unreadFeed = {
  changes: {
    feed: {
      append: async () => {},
      newest: async () => undefined,
      read: async () => ({ changes: [], more: false }),
      eraseMessages: async () => true,
    } satisfies FeedWriter,
    times: { write: 10_000 },
  },
  findGrant: async () => ({}),
  usage: { slowDown: async () => {} },
};

/** The partitions that hold a change, its account's first. */
export function partitionsOf({ accountId, owner }: Pick<Change, 'accountId' | 'owner'>): string[] {
  return [
    `account#${accountId}`,
    `all#${shardOf(accountId)}`,
    ...(owner === undefined ? [] : [`owner#${owner}`]),
  ];
}

function partitionsIn(feed: FeedName): string[] {
  if (feed === 'all') return Array.from({ length: feedShards }, (_, shard) => `all#${shard}`);
  if ('shard' in feed) return [`all#${feed.shard}`];
  return 'owner' in feed ? [`owner#${feed.owner}`] : [`account#${feed.accountId}`];
}

function shardOf(accountId: string): number {
  return [...accountId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % feedShards;
}

function byPosition([one]: readonly [string, Change], [other]: readonly [string, Change]): number {
  return one < other ? -1 : 1;
}
