import { randomUUID } from 'node:crypto';
import { type AnnounceDependencies, createAnnouncer } from '../../changes/announce-changes.ts';
import type { MailboxKey } from '../../copied-message.ts';
import { type OwnedMailbox, type SyncQueue, sendMessage } from './sync-queue.ts';

/**
 * Has the change feed told that a mailbox is connected. It comes after whatever job runs on the mailbox, and before
 * every job that is admitted later.
 *
 * @throws Problem `storage_unavailable` when the queue does not take it
 */
export async function enqueueConnected(
  { accountId, generation, owner }: OwnedMailbox,
  queue: SyncQueue,
  newId: () => string = randomUUID,
): Promise<void> {
  await sendMessage({ kind: 'connected', accountId, generation, owner, jobId: newId() }, queue);
}

/**
 * The grant of this generation of an account; undefined when it has ended.
 *
 * @throws Problem `storage_unavailable`
 */
export type FindGrant = (mailbox: MailboxKey) => Promise<Pick<OwnedMailbox, 'owner'> | undefined>;

/**
 * Tells that a mailbox is connected; not once its generation has ended, unless an erasure is still to tell that, as when
 * whoever stored the consent was held up, or the message comes from the dead letters: it would be taken for connected
 * for ever.
 *
 * @throws Problem `storage_unavailable`; the queue delivers the message again
 */
export async function announceConnected(
  mailbox: OwnedMailbox,
  changes: AnnounceDependencies,
  findGrant: FindGrant,
): Promise<void> {
  const newest = await changes.feed.newest(mailbox.accountId);
  // Where the feed tells of it, an erasure will tell of its end, or has.
  const isAnnounced = newest?.generation === mailbox.generation;
  if (isAnnounced && newest.type === 'disconnected') return;
  const grant = await findGrant(mailbox);
  if (!isAnnounced && grant === undefined) return;
  await createAnnouncer(mailbox, async () => mailbox.owner ?? grant?.owner, changes)({ type: 'connected' });
}

/**
 * Tells that a mailbox is connected, unless its owner is told: for its first job, since what the consent sent may be
 * among the dead letters, and whoever follows the feed is to hear of a mailbox before they hear of its messages.
 *
 * @throws Problem `storage_unavailable`
 */
export async function announceConnectedOnce(
  mailbox: MailboxKey,
  changes: AnnounceDependencies,
  findGrant: FindGrant,
): Promise<void> {
  const [newest, grant] = await Promise.all([changes.feed.newest(mailbox.accountId), findGrant(mailbox)]);
  const isAnnounced = newest?.generation === mailbox.generation && newest.owner === grant?.owner;
  if (!isAnnounced) await announceConnected(mailbox, changes, async () => grant);
}

/**
 * Publishes that the address of an account has changed; not once its generation has ended. The addresses themselves are
 * not in the feed, which is kept for days after a disconnect.
 *
 * @throws Problem `storage_unavailable`; the queue delivers the message again
 */
export async function announceRenamed(
  mailbox: MailboxKey,
  changes: AnnounceDependencies,
  findGrant: FindGrant,
): Promise<void> {
  const grant = await findGrant(mailbox);
  if (grant === undefined) return;
  await createAnnouncer(mailbox, async () => grant.owner, changes)({ type: 'renamed' });
}
