import { randomUUID } from 'node:crypto';
import type { CopyStore, MailboxKey } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import type { MailboxStore } from './mailbox-state.ts';
import type { SyncMessage, SyncQueue } from './sync-queue.ts';

export interface EraseDependencies {
  readonly copy: Pick<CopyStore, 'erase'>;
  readonly mailboxes: Pick<MailboxStore, 'delete'>;
  readonly queue: SyncQueue;
  readonly newId?: () => string;
}

/**
 * Asks for the erasure of an ended generation's copy. It comes after whatever job runs on the mailbox.
 *
 * @throws Problem `storage_unavailable` when the queue does not take it
 */
export async function requestErasure(
  { accountId, generation }: MailboxKey,
  queue: SyncQueue,
  newId: () => string = randomUUID,
): Promise<void> {
  const untaken = await queue.send([{ kind: 'erase', accountId, generation, jobId: newId() }]);
  if (untaken.length > 0) throw new Problem('storage_unavailable');
}

/** Time left at the end of a job (milliseconds). */
const reserve = 5_000;

/**
 * Erases the copy of a generation that has ended, then its sync state. What does not fit one run goes on in the
 * next.
 *
 * @throws Problem `storage_unavailable`; the queue delivers the message again
 */
export async function eraseCopy(
  message: SyncMessage & { readonly kind: 'erase' },
  run: { readonly endsAt: number },
  { copy, mailboxes, queue, newId = randomUUID }: EraseDependencies,
): Promise<void> {
  if (await copy.erase(message, run.endsAt - reserve)) {
    await mailboxes.delete(message);
    return;
  }
  await requestErasure(message, queue, newId);
}
