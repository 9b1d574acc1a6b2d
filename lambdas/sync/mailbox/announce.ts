import { randomUUID } from 'node:crypto';
import { type AnnounceDependencies, createAnnouncer } from '../../changes/announce-changes.ts';
import type { MailboxKey } from '../../copied-message.ts';
import { type OwnedMailbox, type SyncQueue, sendMessage } from './sync-queue.ts';

/**
 * Enqueues the announcement that a mailbox is connected. The worker makes it after the running job of the mailbox, and
 * before any job that is admitted later.
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
 * The grant of this generation of an account; undefined if it has ended.
 *
 * @throws Problem `storage_unavailable`
 */
export type FindGrant = (mailbox: MailboxKey) => Promise<Pick<OwnedMailbox, 'owner'> | undefined>;

/**
 * Announces that a mailbox is connected. Skips that if the generation has ended and no erasure will announce its end:
 * readers would consider the mailbox connected for ever. A generation may have ended if the function that stored the
 * consent was delayed, or if the message was redriven.
 *
 * @throws Problem `storage_unavailable`; the queue delivers the message again
 */
export async function announceConnected(
  mailbox: OwnedMailbox,
  changes: AnnounceDependencies,
  findGrant: FindGrant,
): Promise<void> {
  const newest = await changes.feed.newest(mailbox.accountId);
  // If the feed contains the generation, an erasure will announce its end, or has.
  const isAnnounced = newest?.generation === mailbox.generation;
  if (isAnnounced && newest.type === 'disconnected') return;
  const grant = await findGrant(mailbox);
  if (!isAnnounced && grant === undefined) return;
  await createAnnouncer(mailbox, async () => mailbox.owner ?? grant?.owner, changes)({ type: 'connected' });
}

/**
 * Announces that a mailbox is connected, unless its owner's feed contains that. The first job calls it, because the
 * message of the consent may be in the dead-letter queue, and readers need the mailbox before its messages.
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
 * Announces that the address of an account has changed, unless its generation has ended. The feed does not contain
 * addresses, since it is kept for days after a disconnect.
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
