import type { MailboxKey } from '../../copied-message.ts';
import type { MailboxState, MailboxStore } from './mailbox-state.ts';
import { type QuotaProfile, unitsForJobs } from './quota-profile.ts';
import type { OwnedMailbox } from './sync-queue.ts';

/** The state of a mailbox that was just connected: due at once. */
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

export interface ConnectDependencies {
  readonly mailboxes: Pick<MailboxStore, 'find' | 'create' | 'resume'>;
  /** Has the copy of an ended generation erased, once more: the disconnect may have been cut off. */
  readonly eraseCopy: (ended: MailboxKey) => Promise<void>;
  /** Has the change feed told of it, in line with what jobs tell of the mailbox. */
  readonly enqueueConnected: (mailbox: OwnedMailbox) => Promise<void>;
  readonly quota: QuotaProfile;
  readonly clock?: () => number;
}

/** Starts the sync of a mailbox after a consent; one that was paused goes on where it stood. */
export async function connectMailbox(
  mailbox: OwnedMailbox,
  dependencies: ConnectDependencies,
): Promise<void> {
  const { mailboxes, eraseCopy, enqueueConnected, quota, clock = Date.now } = dependencies;
  const before = await mailboxes.find(mailbox.accountId);
  // What is told of an ended generation comes first, and what jobs of this one tell comes later.
  if (before !== undefined && before.generation !== mailbox.generation) await eraseCopy(before);
  await enqueueConnected(mailbox);
  if (before?.generation === mailbox.generation) {
    if (before.phase === 'paused') await mailboxes.resume(mailbox, clock());
    return;
  }
  const state = newMailboxState(mailbox, clock(), quota);
  if (before === undefined) {
    await mailboxes.create(state);
    return;
  }
  // To Google it is the same mailbox: what it spent and how long it must rest still count.
  const { spends, notBefore } = before;
  const nextDueAt = Math.max(state.nextDueAt, notBefore ?? 0);
  const next = { ...state, spends, notBefore, nextDueAt };
  if (await mailboxes.create(next, before.generation)) return;
  // An erasure that ran meanwhile has deleted the state before; a newer one stays.
  await mailboxes.create(next);
}
