import { randomUUID } from 'node:crypto';
import { type AnnounceDependencies, createAnnouncer } from '../../changes/announce-changes.ts';
import type { MailboxKey } from '../../copied-message.ts';
import { Problem } from '../../errors.ts';
import type { AccessTokens } from '../../grants/access-tokens.ts';
import type { Grant, GrantStore } from '../../grants/grant.ts';
import type { Logger } from '../../log.ts';
import type { MailboxStore } from './mailbox-state.ts';
import { type SyncQueue, sendMessage } from './sync-queue.ts';
import { applyTransition, resumed } from './transitions.ts';

/** How long a revoked grant is tried, once a night (milliseconds). */
const triedFor = 30 * 86_400_000;

/** Whether to try a revoked grant: the tokens of a suspended Workspace user work again after the user is restored. */
export function isTryDue(
  { status, statusSince = 0 }: { readonly status: string; readonly statusSince?: number | undefined },
  now: number,
): boolean {
  return status === 'revoked' && now - statusSince <= triedFor;
}

/**
 * Enqueues a try of a revoked grant: only the account's worker writes the account's feed.
 *
 * @throws Problem `storage_unavailable` when the queue does not take it
 */
export async function enqueueGrantTry(
  { accountId, generation }: MailboxKey,
  queue: SyncQueue,
  newId: () => string = randomUUID,
): Promise<void> {
  await sendMessage({ kind: 'try_grant', accountId, generation, jobId: newId() }, queue);
}

interface TryGrantDependencies {
  readonly grants: Pick<GrantStore, 'find'>;
  readonly accessTokens: Pick<AccessTokens, 'revive'>;
  readonly clientId: () => Promise<string>;
  readonly mailboxes: Pick<MailboxStore, 'find' | 'change'>;
  readonly changes: AnnounceDependencies;
  readonly log: Logger;
  readonly clock?: () => number;
}

/**
 * Tries a revoked grant once. If it works again, stores it as active, resumes its mailbox and announces `connected`;
 * otherwise changes nothing.
 *
 * @throws Problem `storage_unavailable`; the queue delivers the message again
 */
export async function tryGrant(mailbox: MailboxKey, dependencies: TryGrantDependencies): Promise<void> {
  const { grants, mailboxes, log, clock = Date.now } = dependencies;
  const grant = await grants.find(mailbox.accountId);
  if (grant?.generation !== mailbox.generation) return;
  try {
    // An earlier delivery may have activated the grant and died before the mailbox was resumed.
    const isActive =
      grant.status === 'active' || (isTryDue(grant, clock()) && (await revive(grant, dependencies)));
    if (isActive) await applyTransition(mailbox, resumed(clock()), mailboxes);
  } catch (error) {
    if (!(error instanceof Problem) || error.code === 'storage_unavailable') throw error;
    // The next night tries again.
    log.warn({ event: 'revoked grant not tried', accountId: mailbox.accountId, code: error.code });
  }
}

async function revive(
  grant: Grant,
  { accessTokens, clientId, changes }: TryGrantDependencies,
): Promise<boolean> {
  // A token of another client can never be refreshed.
  if (grant.clientId !== (await clientId())) return false;
  return accessTokens.revive(grant, () =>
    createAnnouncer(grant, async () => grant.owner, changes)({ type: 'connected' }),
  );
}
