/** One DynamoDB table: its key, its secondary indexes and the attribute that ends an item's life. */
export interface TableShape {
  /** The environment variable that tells a function the table's name. */
  readonly variable: string;
  /** All keys are strings. */
  readonly partitionKey: string;
  /** Holds epoch seconds; DynamoDB deletes the item some days after. */
  readonly timeToLive?: string;
  /** Sparse indexes that project the keys alone, by index name. */
  readonly indexes: Readonly<Record<string, { readonly partitionKey: string }>>;
}

/**
 * Every table, read by the cloud stacks and by the local environment. Names and keys cannot change once
 * deployed: a table that lost either would be replaced, and the grants with it.
 */
export const tables = {
  /** Pending consents (`state#<hash>`) and sessions (`session#<hash>`). */
  logins: {
    variable: 'LOGINS_TABLE',
    partitionKey: 'id',
    timeToLive: 'expiresAt',
    indexes: { byAccount: { partitionKey: 'accountId' } },
  },
  /** One item for each connected Google account. */
  grants: { variable: 'GRANTS_TABLE', partitionKey: 'accountId', indexes: {} },
} as const satisfies Record<string, TableShape>;

/** The name of a table in this file. */
export type TableName = keyof typeof tables;
