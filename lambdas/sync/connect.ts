import type { MailboxKey } from '../copied-message.ts';
import type { MailboxState, MailboxStore } from './mailbox-state.ts';
import type { QuotaProfile } from './sync-gmail.ts';
import { unitsForJobs } from './unit-budget.ts';

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

/** Starts the sync of a mailbox after a consent; one that was paused goes on where it stood. */
export async function connectMailbox(
  mailbox: MailboxKey,
  {
    mailboxes,
    quota,
    clock = Date.now,
  }: {
    mailboxes: Pick<MailboxStore, 'find' | 'create' | 'resume'>;
    quota: QuotaProfile;
    clock?: () => number;
  },
): Promise<void> {
  const state = await mailboxes.find(mailbox.accountId);
  if (state?.generation !== mailbox.generation)
    await mailboxes.create(newMailboxState(mailbox, clock(), quota));
  else if (state.phase === 'paused') await mailboxes.resume(mailbox, clock());
}
