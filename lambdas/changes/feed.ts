import type { MailboxKey } from '../copied-message.ts';
import type { Change, FeedName } from './change.ts';

/** Selects changes of a feed. */
export interface FeedQuery {
  /** A position: select only later changes. */
  readonly after: string;
  /** A position: select only earlier changes. */
  readonly until?: string | undefined;
  /** The largest number of changes in a page. */
  readonly limit: number;
}

/** A page of a feed, in the order of positions. A short page is not necessarily the last. */
export interface FeedPage {
  readonly changes: readonly Change[];
  readonly more: boolean;
}

export interface FeedReader {
  /** A consistent read of at most 1 MB from each partition of the feed. */
  read(feed: FeedName, query: FeedQuery): Promise<FeedPage>;
  /** The account's newest change, read consistently. */
  newest(accountId: string): Promise<Change | undefined>;
}

/** Writes the change feed. Each account has one writer at a time. */
export interface FeedWriter extends Pick<FeedReader, 'newest' | 'read'> {
  /**
   * Writes a change into every feed that it belongs to. A change of messages goes into its account's feed first, so
   * that an erasure finds it in the others. Any other goes there last: if it is there, it is in all feeds.
   *
   * @param within the time limit of the write (milliseconds)
   * @throws Problem `storage_unavailable`, also at the time limit
   */
  append(change: Change, within: number): Promise<void>;
  /**
   * Deletes the changes of messages of one generation from every feed, until none is left or time runs out.
   *
   * @returns whether none is left
   */
  eraseMessages(mailbox: MailboxKey, until: number): Promise<boolean>;
}
