import { randomUUID } from 'node:crypto';
import { type AnnounceDependencies, createAnnouncer } from '../../changes/announce-changes.ts';
import type { FeedWriter } from '../../changes/feed.ts';
import type { CopyStore } from '../../copied-message.ts';
import type { FindGrant } from './announce.ts';
import type { ErasureRecord } from './erasures.ts';
import type { MailboxStore } from './mailbox-state.ts';
import { type OwnedMailbox, type SyncMessage, type SyncQueue, sendMessage } from './sync-queue.ts';

interface EraseDependencies {
  readonly copy: Pick<CopyStore, 'erase'>;
  readonly mailboxes: Pick<MailboxStore, 'delete'>;
  readonly changes: AnnounceDependencies & { readonly feed: Pick<FeedWriter, 'eraseMessages'> };
  readonly erasures: Pick<ErasureRecord, 'write'>;
  readonly findGrant: FindGrant;
  readonly queue: SyncQueue;
  readonly newId?: () => string;
  readonly clock?: () => number;
}

/**
 * Enqueues the erasure of an ended generation's copy. It runs after the running job of the mailbox.
 *
 * @throws Problem `storage_unavailable` when the queue does not take it
 */
export async function enqueueErasure(
  { accountId, generation, owner }: OwnedMailbox,
  queue: SyncQueue,
  newId: () => string = randomUUID,
): Promise<void> {
  await sendMessage({ kind: 'erase', accountId, generation, owner, jobId: newId() }, queue);
}

/** Time reserved at the end of a run (milliseconds). */
const reserve = 5_000;

/**
 * Records that the generation has ended, announces the disconnect, then erases the feed's changes of its messages, its
 * copy and its sync state. What does not fit one run continues in the next.
 *
 * @throws Problem `storage_unavailable`; the queue delivers the message again
 */
export async function eraseCopy(
  message: SyncMessage & { readonly kind: 'erase' },
  run: { readonly endsAt: number },
  {
    copy,
    mailboxes,
    changes,
    erasures,
    findGrant,
    queue,
    newId = randomUUID,
    clock = Date.now,
  }: EraseDependencies,
): Promise<void> {
  if (message.begun !== true) {
    const { accountId, generation, owner } = message;
    await erasures.write({ accountId, generation, owner, at: clock() });
    await announceDisconnected(message, changes, findGrant);
  }
  const until = run.endsAt - reserve;
  if ((await changes.feed.eraseMessages(message, until)) && (await copy.erase(message, until))) {
    await mailboxes.delete(message);
    return;
  }
  await sendMessage({ ...message, begun: true, jobId: newId() }, queue);
}

/**
 * Announces the disconnect, unless the account has connected again: readers would take it for the end of the new
 * generation, and `connected` of that one already implies it. An owner who does not get that `connected` gets the
 * disconnect. If the account's feed ends with an older generation, other feeds may still contain `connected` of this
 * one, since the account's is written last.
 */
async function announceDisconnected(
  message: OwnedMailbox,
  changes: AnnounceDependencies,
  findGrant: FindGrant,
): Promise<void> {
  const newest = await changes.feed.newest(message.accountId);
  const isOtherGeneration = newest !== undefined && newest.generation !== message.generation;
  const isSameOwner = message.owner === undefined || message.owner === newest?.owner;
  if (isOtherGeneration && isSameOwner && (await findGrant(newest)) !== undefined) return;
  const owner = message.owner ?? (isOtherGeneration ? undefined : newest?.owner);
  const announce = createAnnouncer(message, async () => owner, changes);
  await announce({ type: 'disconnected' });
}
