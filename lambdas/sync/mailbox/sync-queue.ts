import * as v from 'valibot';
import type { MailboxKey } from '../../copied-message.ts';
import { Problem } from '../../errors.ts';

/** A message of the sync queue. Its group is the account, so that one worker at a time has a mailbox. */
export type SyncMessage =
  | (MailboxKey & { readonly kind: 'sync'; readonly jobId: string })
  /** Removes the copy of a generation that has ended. Exempt from claims. */
  | (OwnedMailbox & {
      readonly kind: 'erase';
      readonly jobId: string;
      /** It goes on with what did not fit one run. */
      readonly begun?: boolean | undefined;
    })
  /** A consent was stored: tells so in the change feed, in line with what jobs tell of the mailbox. */
  | (OwnedMailbox & { readonly kind: 'connected'; readonly jobId: string })
  /** The account's address has changed: publishes so in the change feed. */
  | (MailboxKey & { readonly kind: 'renamed'; readonly jobId: string })
  /** A grant ends soon: publishes so in the change feed, once for each end. */
  | (MailboxKey & { readonly kind: 'grant_expiring'; readonly jobId: string })
  /** A grant is stored as revoked: asks Google whether it works again. */
  | (MailboxKey & { readonly kind: 'try_grant'; readonly jobId: string });

/** A mailbox, and whose it is: when the message is read, the grant that says so may be gone. */
export type OwnedMailbox = MailboxKey & { readonly owner?: string | undefined };

/** The queue between dispatcher and workers. */
export interface SyncQueue {
  /**
   * Sends messages, ten a call.
   *
   * @returns those that were not taken
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

/** About how many messages a queue holds. */
export interface QueueDepth {
  /** No worker has them. */
  readonly waiting: number;
  /** A worker has them, or had when it died. */
  readonly inFlight: number;
}

/** The queue, as the dispatcher knows it. */
export interface MeasuredQueue extends SyncQueue {
  /** Resolves with undefined when SQS did not answer, which is logged. */
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

/** A message of the queue is none of ours. What it holds is not told: Lambda logs whatever an error says. */
export class UnknownSyncMessage extends Error {
  override readonly name = 'UnknownSyncMessage';
}

/**
 * Reads the body of a queue message.
 *
 * @throws UnknownSyncMessage when it is none of ours: it ends among the dead letters
 */
export function parseSyncMessage(body: string): SyncMessage {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), syncMessage), body);
  if (result.success) return result.output;
  throw new UnknownSyncMessage(`Not a message of the sync: ${v.getDotPath(result.issues[0]) ?? 'the body'}.`);
}
