import * as v from 'valibot';
import type { MailboxKey } from '../copied-message.ts';

/** A message of the sync queue. Its group is the account, so that one worker at a time has a mailbox. */
export type SyncMessage =
  | (MailboxKey & { readonly kind: 'sync'; readonly jobId: string })
  /** Removes the copy of a generation that has ended. Exempt from claims. */
  | (MailboxKey & { readonly kind: 'erase'; readonly jobId: string });

/** The queue between dispatcher and workers. */
export interface SyncQueue {
  /**
   * Sends messages, ten a call.
   *
   * @returns those that were not taken
   */
  send(messages: readonly SyncMessage[]): Promise<readonly SyncMessage[]>;
}

const syncMessage = v.object({
  kind: v.picklist(['sync', 'erase']),
  accountId: v.string(),
  generation: v.string(),
  jobId: v.string(),
});

/** Reads the body of a queue message. @throws v.ValiError when it is none of ours: it ends among the dead letters */
export function parseSyncMessage(body: string): SyncMessage {
  return v.parse(v.pipe(v.string(), v.parseJson(), syncMessage), body);
}
