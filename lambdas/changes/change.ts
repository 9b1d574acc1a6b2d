import type { MailboxKey } from '../copied-message.ts';

/** A message in a change: IDs only, none of its text. */
export interface ChangedMessage {
  readonly id: string;
  readonly threadId?: string | undefined;
  readonly labelIds: readonly string[];
  /** The history ID up to which this is current: 20 digits. */
  readonly historyId: string;
}

/** What a change reports about a mailbox. */
export type ChangeBody =
  | { readonly type: 'connected' | 'renamed' | 'caught_up' | 'grant_revoked' | 'disconnected' }
  /** When a time-limited grant ends (epoch milliseconds); reported a day or two before. */
  | { readonly type: 'grant_expiring'; readonly grantExpiresAt: number }
  /** The reason: a problem's code. */
  | { readonly type: 'paused'; readonly reason: string }
  | { readonly type: 'added' | 'relabelled'; readonly messages: readonly ChangedMessage[] }
  | { readonly type: 'deleted'; readonly messageIds: readonly string[] };

/** One change of one mailbox, as the feed stores it. */
export type Change = MailboxKey &
  ChangeBody & {
    /** 20 digits that increase with each change of an account; derived from the time in microseconds. */
    readonly sequence: string;
    /** Epoch milliseconds. */
    readonly at: number;
    readonly owner?: string | undefined;
  };

/** A feed: of one account, of one owner, of the stage, or of one of the stage's parts, by account. */
export type FeedName =
  | { readonly accountId: string }
  | { readonly owner: string }
  | 'all'
  | { readonly shard: number };

/** The number of parts of the stage's feed: enough that one busy partition does not delay all accounts. */
export const feedShards = 4;

/** Whether the change is about messages, not about the mailbox as a whole. */
export function isOfMessages<C extends { readonly type: ChangeBody['type'] }>(
  change: C,
): change is C & { readonly type: 'added' | 'relabelled' | 'deleted' } {
  return change.type === 'added' || change.type === 'relabelled' || change.type === 'deleted';
}
