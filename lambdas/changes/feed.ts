import type { MailboxKey } from '../copied-message.ts';
import type { Change, FeedName } from './change.ts';

/** Which changes of a feed are asked for. */
export interface FeedQuery {
  /** A position: only what comes after it. */
  readonly after: string;
  /** A position: only what comes before it. */
  readonly until?: string | undefined;
  /** The most changes of a page. */
  readonly limit: number;
}

/** A part of a feed, in the order of positions. It may be short and still have more after it. */
export interface FeedPage {
  readonly changes: readonly Change[];
  readonly more: boolean;
}

/** The change feed, as it is read. */
export interface FeedReader {
  /** Reads consistently, and at most 1 MB of each partition that the feed has. */
  read(feed: FeedName, query: FeedQuery): Promise<FeedPage>;
  /** The account's newest change, read consistently. */
  newest(accountId: string): Promise<Change | undefined>;
}

/** The change feed, as its one writer of an account writes it. */
export interface FeedWriter extends Pick<FeedReader, 'newest' | 'read'> {
  /**
   * Writes a change into every feed that it belongs to. One of messages comes into its account's first, by which an
   * erasure finds it in the others; any other one into its account's last, so that what that tells, all tell.
   *
   * @param within milliseconds after which nothing of it is written any more
   * @throws Problem `storage_unavailable`, also when the time is over
   */
  append(change: Change, within: number): Promise<void>;
  /**
   * Deletes what is told of the messages of one generation, in every feed, until none is left or the time is over.
   *
   * @returns whether none is left
   */
  eraseMessages(mailbox: MailboxKey, until: number): Promise<boolean>;
}
