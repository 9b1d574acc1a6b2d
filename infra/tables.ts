/** The partition key is text. */
export interface KeyShape {
  readonly partitionKey: string;
  readonly sortKey?: { readonly name: string; readonly type: 'S' | 'N' };
}

/** A sparse secondary index. */
export interface IndexShape extends KeyShape {
  /** The attributes beside the keys. */
  readonly projection: 'keys' | 'all' | readonly string[];
}

/** The key, the indexes and the time-to-live attribute of a DynamoDB table. */
export interface TableShape extends KeyShape {
  /** Holds epoch seconds; DynamoDB deletes the item some days after. */
  readonly timeToLive?: string;
  readonly indexes: Readonly<Record<string, IndexShape>>;
}

/**
 * All tables. A name or key must never change: CloudFormation would replace the deployed table, and the grants with it.
 */
export const tables = {
  /** Pending consents, sessions, connect links and handoffs. */
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
  /** The sync state of each mailbox. Only mailboxes with a due time are in the index `due`. */
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
  /** The stored copy. */
  messages: {
    partitionKey: 'mailbox',
    sortKey: { name: 'messageId', type: 'S' },
    indexes: {
      byDate: { partitionKey: 'mailbox', sortKey: { name: 'dateKey', type: 'S' }, projection: 'all' },
    },
  },
  /** The change feed and the position of the event bus. */
  changes: {
    partitionKey: 'feed',
    sortKey: { name: 'position', type: 'S' },
    timeToLive: 'expiresAt',
    indexes: {},
  },
  /** Quota units, the ticks that ran, and the position of an unfinished sweep. */
  usage: { partitionKey: 'id', timeToLive: 'expiresAt', indexes: {} },
} as const satisfies Record<string, TableShape>;

export type TableName = keyof typeof tables;
