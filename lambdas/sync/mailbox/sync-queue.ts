import * as v from 'valibot';
import type { MailboxKey } from '../../copied-message.ts';
import { Problem } from '../../errors.ts';

/** A message of the sync queue. Its group is the account, so that only one worker at a time handles a mailbox. */
export type SyncMessage =
  | (MailboxKey & { readonly kind: 'sync'; readonly jobId: string })
  /** Erases the copy of an ended generation. Needs no claim. */
  | (OwnedMailbox & {
      readonly kind: 'erase';
      readonly jobId: string;
      /** It continues an erasure that did not fit one run. */
      readonly begun?: boolean | undefined;
    })
  /** A consent was stored: announces `connected`, in order with the announcements of jobs. */
  | (OwnedMailbox & { readonly kind: 'connected'; readonly jobId: string })
  /** The account's address has changed: announces `renamed`. */
  | (MailboxKey & { readonly kind: 'renamed'; readonly jobId: string })
  /** A grant expires soon: announces that, once for each expiry. */
  | (MailboxKey & { readonly kind: 'grant_expiring'; readonly jobId: string })
  /** A grant is revoked: asks Google whether it works again. */
  | (MailboxKey & { readonly kind: 'try_grant'; readonly jobId: string });

/** A mailbox and its owner: the grant, which has the owner, may be gone when the message is read. */
export type OwnedMailbox = MailboxKey & { readonly owner?: string | undefined };

export interface SyncQueue {
  /**
   * Sends messages, ten a call.
   *
   * @returns the messages that the queue did not take
   */
  send(messages: readonly SyncMessage[]): Promise<readonly SyncMessage[]>;
}

/**
 * Sends one message.
 *
 * @throws Problem `storage_unavailable` when the queue does not take it
 */
export async function sendMessage(message: SyncMessage, queue: SyncQueue): Promise<void> {
  const untaken = await queue.send([message]);
  if (untaken.length > 0) throw new Problem('storage_unavailable');
}

export interface QueueDepth {
  /** Not received by a worker yet. */
  readonly waiting: number;
  /** Received by a worker, which may have died. */
  readonly inFlight: number;
}

/** The queue as the dispatcher uses it. */
export interface MeasuredQueue extends SyncQueue {
  /** Resolves with undefined if SQS does not answer; that is logged. */
  depth(): Promise<QueueDepth | undefined>;
}

const syncMessage = v.object({
  kind: v.picklist(['sync', 'erase', 'connected', 'renamed', 'grant_expiring', 'try_grant']),
  accountId: v.string(),
  generation: v.string(),
  owner: v.optional(v.string()),
  begun: v.optional(v.boolean()),
  jobId: v.string(),
});

/** The queue contains a message that is not the sync's. The error does not contain the message: Lambda logs errors. */
export class UnknownSyncMessage extends Error {
  override readonly name = 'UnknownSyncMessage';
}

/**
 * Reads the body of a queue message.
 *
 * @throws UnknownSyncMessage when the message is not the sync's: it ends in the dead-letter queue
 */
export function parseSyncMessage(body: string): SyncMessage {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), syncMessage), body);
  if (result.success) return result.output;
  throw new UnknownSyncMessage(`Not a message of the sync: ${v.getDotPath(result.issues[0]) ?? 'the body'}.`);
}
