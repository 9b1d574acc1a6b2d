/** A key attribute: text, unless it is said to be a number. */
export interface KeyShape {
  readonly partitionKey: string;
  readonly sortKey?: { readonly name: string; readonly type: 'S' | 'N' };
}

/** A sparse secondary index. */
export interface IndexShape extends KeyShape {
  /** What the index holds beside the keys: nothing, some attributes, or the whole item. */
  readonly projection: 'keys' | 'all' | readonly string[];
}

/** One DynamoDB table: its key, its secondary indexes and the attribute that ends an item's life. */
export interface TableShape extends KeyShape {
  /** Holds epoch seconds; DynamoDB deletes the item some days after. */
  readonly timeToLive?: string;
  readonly indexes: Readonly<Record<string, IndexShape>>;
}

/**
 * Every table, read by the cloud stacks and by the local environment. Names and keys cannot change once
 * deployed: a table that lost either would be replaced, and the grants with it.
 */
export const tables = {
  /** Pending consents (`state#<hash>`) and sessions (`session#<hash>`). */
  logins: {
    partitionKey: 'id',
    timeToLive: 'expiresAt',
    indexes: { byAccount: { partitionKey: 'accountId', projection: 'keys' } },
  },
  /** One item for each connected Google account. */
  grants: {
    partitionKey: 'accountId',
    indexes: {
      byOwner: {
        partitionKey: 'owner',
        sortKey: { name: 'accountId', type: 'S' },
        projection: ['generation', 'status', 'email', 'scopes', 'connectedAt'],
      },
      byEmail: {
        partitionKey: 'emailKey',
        sortKey: { name: 'accountId', type: 'S' },
        projection: ['generation', 'status', 'email', 'owner', 'scopes', 'connectedAt'],
      },
    },
  },
  /** The sync state of each mailbox. Only mailboxes that wait for their time stand in the index of due ones. */
  mailboxes: {
    partitionKey: 'accountId',
    indexes: {
      due: {
        partitionKey: 'dueKey',
        sortKey: { name: 'nextDueAt', type: 'N' },
        projection: ['generation', 'wants', 'spends'],
      },
    },
  },
  /** The offline copy: `<account>#<generation>`; the rest of it under `<account>#<generation>#…`. */
  messages: {
    partitionKey: 'mailbox',
    sortKey: { name: 'messageId', type: 'S' },
    indexes: {
      byDate: { partitionKey: 'mailbox', sortKey: { name: 'dateKey', type: 'S' }, projection: 'all' },
    },
  },
  /**
   * The change feed: `account#<account>`, `owner#<owner>` and `all#<shard>` hold the same changes, each sorted by
   * `<sequence>#<account>`; and how far the event bus was told, under `published`.
   */
  changes: {
    partitionKey: 'feed',
    sortKey: { name: 'position', type: 'S' },
    timeToLive: 'expiresAt',
    indexes: {},
  },
  /** Units granted in a day (`day#…`), the ticks that ran (`tick#…`), and where an unfinished sweep goes on (`sweep`). */
  usage: { partitionKey: 'id', timeToLive: 'expiresAt', indexes: {} },
} as const satisfies Record<string, TableShape>;

/** The name of a table in this file. */
export type TableName = keyof typeof tables;
