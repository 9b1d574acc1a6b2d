import type { MailboxKey } from '../../copied-message.ts';
import type { MailboxState, MailboxStore } from './mailbox-state.ts';
import { type QuotaProfile, unitsForJobs } from './quota-profile.ts';
import type { OwnedMailbox } from './sync-queue.ts';
import { applyTransition, resumed } from './transitions.ts';

/** The state of a newly connected mailbox: due at once. */
export function newMailboxState(
  { accountId, generation }: MailboxKey,
  now: number,
  quota: QuotaProfile,
): MailboxState {
  return {
    accountId,
    generation,
    phase: 'backfill',
    copied: 0,
    failed: 0,
    connectedAt: now,
    nextDueAt: now,
    dueClass: 'first',
    wants: unitsForJobs(quota),
    quietPolls: 0,
    spends: [],
  };
}

interface ConnectDependencies {
  readonly mailboxes: Pick<MailboxStore, 'find' | 'create' | 'change'>;
  /** Requests the erasure of an ended generation's copy once more, since the disconnect may have been cut off. */
  readonly eraseCopy: (ended: MailboxKey) => Promise<void>;
  /** Enqueues the announcement that the mailbox is connected. */
  readonly enqueueConnected: (mailbox: OwnedMailbox) => Promise<void>;
  readonly quota: QuotaProfile;
  readonly clock?: () => number;
}

/** Starts the sync of a mailbox after a consent; resumes it if it was paused. */
export async function connectMailbox(
  mailbox: OwnedMailbox,
  dependencies: ConnectDependencies,
): Promise<void> {
  const { mailboxes, eraseCopy, enqueueConnected, quota, clock = Date.now } = dependencies;
  const before = await mailboxes.find(mailbox.accountId);
  // The ended generation is announced first; jobs of the new one announce later.
  if (before !== undefined && before.generation !== mailbox.generation) await eraseCopy(before);
  await enqueueConnected(mailbox);
  if (before?.generation === mailbox.generation) {
    if (before.phase === 'paused') await applyTransition(mailbox, resumed(clock()), mailboxes);
    return;
  }
  const state = newMailboxState(mailbox, clock(), quota);
  if (before === undefined) {
    await mailboxes.create(state);
    return;
  }
  // To Google it is the same mailbox: units spent and the retry time still apply.
  const { spends, notBefore } = before;
  const nextDueAt = Math.max(state.nextDueAt, notBefore ?? 0);
  const next = { ...state, spends, notBefore, nextDueAt };
  if (await mailboxes.create(next, before.generation)) return;
  // An erasure has deleted the earlier state meanwhile; or a newer state exists, which stays.
  await mailboxes.create(next);
}
