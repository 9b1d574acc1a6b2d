import type { MailboxKey } from '../copied-message.ts';

/** A message as a change speaks of it: nothing of its text. */
export interface ChangedMessage {
  readonly id: string;
  readonly threadId?: string | undefined;
  readonly labelIds: readonly string[];
  /** The message's last change that this shows: 20 digits. */
  readonly historyId: string;
}

/** What can be told of a mailbox. */
export type ChangeBody =
  | { readonly type: 'connected' | 'renamed' | 'caught_up' | 'grant_revoked' | 'disconnected' }
  /** A day or two before a grant ends that Google limits in time (epoch milliseconds). */
  | { readonly type: 'grant_expiring'; readonly grantExpiresAt: number }
  /** Why: a problem's code. */
  | { readonly type: 'paused'; readonly reason: string }
  | { readonly type: 'added' | 'relabelled'; readonly messages: readonly ChangedMessage[] }
  | { readonly type: 'deleted'; readonly messageIds: readonly string[] };

/** One change of one mailbox, as it stands in the feed. */
export type Change = MailboxKey &
  ChangeBody & {
    /** 20 digits that rise from change to change of an account; made of the time, in microseconds. */
    readonly sequence: string;
    /** Epoch milliseconds. */
    readonly at: number;
    readonly owner?: string | undefined;
  };

/** Which feed: of one account, of an owner, of the stage, or one of the parts into which accounts divide the stage's. */
export type FeedName =
  | { readonly accountId: string }
  | { readonly owner: string }
  | 'all'
  | { readonly shard: number };

/** The parts of the stage's feed: as many as keep one busy partition from holding up all accounts. */
export const feedShards = 4;

/** Whether the change speaks of messages, rather than of the mailbox as a whole. */
export function isOfMessages<C extends { readonly type: ChangeBody['type'] }>(
  change: C,
): change is C & { readonly type: 'added' | 'relabelled' | 'deleted' } {
  return change.type === 'added' || change.type === 'relabelled' || change.type === 'deleted';
}
