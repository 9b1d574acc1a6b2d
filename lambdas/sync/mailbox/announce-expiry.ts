import { randomUUID } from 'node:crypto';
import { type AnnounceDependencies, createAnnouncer } from '../../changes/announce-changes.ts';
import type { MailboxKey } from '../../copied-message.ts';
import type { Grant, GrantStore } from '../../grants/grant.ts';
import { type SyncQueue, sendMessage } from './sync-queue.ts';

/**
 * How long before its end a grant's expiry is announced (milliseconds). The daily sweep then finds it at least a day
 * ahead.
 */
const leadTime = 2 * 86_400_000;

/** An expiry that moved by less than this (milliseconds) is the one already announced. */
const sameExpiry = 86_400_000;

/** The parts of a grant that decide whether its expiry must be announced. */
export type ExpiringGrant = Pick<Grant, 'grantExpiresAt' | 'announcedExpiry'> & { readonly status: string };

/** Whether the grant expires soon and the change feed does not contain that yet. */
export function isExpiryDue(grant: ExpiringGrant, now: number): boolean {
  const { status, grantExpiresAt = 0, announcedExpiry = 0 } = grant;
  const isSoon = now < grantExpiresAt && grantExpiresAt <= now + leadTime;
  return status === 'active' && isSoon && grantExpiresAt - announcedExpiry >= sameExpiry;
}

/**
 * Enqueues the announcement of a grant's expiry: only the account's worker writes the account's feed.
 *
 * @throws Problem `storage_unavailable` when the queue does not take it
 */
export async function enqueueExpiry(
  { accountId, generation }: MailboxKey,
  queue: SyncQueue,
  newId: () => string = randomUUID,
): Promise<void> {
  await sendMessage({ kind: 'grant_expiring', accountId, generation, jobId: newId() }, queue);
}

/**
 * Announces that a grant expires soon, once for each expiry; twice if the worker dies between feed and grant.
 *
 * @throws Problem `storage_unavailable`; the queue delivers the message again
 */
export async function announceExpiry(
  mailbox: MailboxKey,
  {
    changes,
    grants,
    clock = Date.now,
  }: {
    readonly changes: AnnounceDependencies;
    readonly grants: Pick<GrantStore, 'find' | 'putAnnouncedExpiry'>;
    readonly clock?: () => number;
  },
): Promise<void> {
  const grant = await grants.find(mailbox.accountId);
  if (grant?.generation !== mailbox.generation || !isExpiryDue(grant, clock())) return;
  const { grantExpiresAt, owner } = grant;
  if (grantExpiresAt === undefined) return;
  await createAnnouncer(mailbox, async () => owner, changes)({ type: 'grant_expiring', grantExpiresAt });
  await grants.putAnnouncedExpiry(grant, grantExpiresAt);
}
