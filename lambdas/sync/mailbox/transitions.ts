import type { MailboxKey } from '../../copied-message.ts';
import { Problem } from '../../errors.ts';
import {
  isBackfillClass,
  type JobEnd,
  type MailboxState,
  type MailboxStore,
  type Outcome,
  pausedByOperator,
} from './mailbox-state.ts';

/** What a transition changes in a mailbox's state; undefined if the state does not allow it. */
export type Transition = (state: MailboxState) => Partial<MailboxState> | undefined;

/** How often a transition is tried again after a dispatcher or a job changed the mailbox meanwhile. */
const maxAttempts = 5;

/**
 * Resumes a paused mailbox in its earlier phase.
 *
 * @param at when it is due, unless Google named a later moment (epoch milliseconds)
 * @param who without it, a mailbox that an operator paused stays paused; with it, no request makes the mailbox due
 * earlier
 */
export function resumed(at: number, who?: 'operator'): Transition {
  return ({ phase, pausedBecause, dueClass, notBefore = 0 }) => {
    if (phase !== 'paused' || (pausedBecause === pausedByOperator && who !== 'operator')) return undefined;
    const nextDueAt = Math.max(at, notBefore);
    return {
      // A pause keeps the due class, and only live mailboxes wait for changes.
      phase: isBackfillClass(dueClass) ? 'backfill' : 'live',
      pausedBecause: undefined,
      // It belongs to the time before the pause: the next job reports its own.
      lastError: undefined,
      nextDueAt,
      ...(who === 'operator' && { notBefore: nextDueAt }),
    };
  };
}

/**
 * Pauses a mailbox for an operator, whatever paused it before. A running job loses its claim: it stops at its next
 * write, and the next job treats it as one that died.
 */
export const paused: Transition = ({ phase, dueClass }) => {
  // The class decides how it resumes; a running job has changed the phase before the class.
  const backfillClass = isBackfillClass(dueClass) ? dueClass : 'more';
  const classes = { live: 'changes', backfill: backfillClass, paused: dueClass } as const;
  return {
    phase: 'paused',
    pausedBecause: pausedByOperator,
    dueClass: classes[phase],
    claim: undefined,
    requestedAt: undefined,
    waitsFor: undefined,
  };
};

/** Requests a sync: the mailbox is due at once, or when the running job has ended, but not before `notBefore`. */
export function requested(now: number, verify: boolean): Transition {
  return (state) => {
    if (state.phase === 'paused') return undefined;
    // A caller in a loop causes reads, and no writes.
    if (!verify && isRequested(state, now)) return {};
    const { claim, nextDueAt, notBefore = 0 } = state;
    return {
      requestedAt: now,
      ...(verify && { verifyRequestedAt: now }),
      // An overdue mailbox keeps its place before those requested later.
      ...(claim === undefined && { nextDueAt: Math.max(Math.min(now, nextDueAt), notBefore) }),
    };
  };
}

/** Whether a request is stored that no job has seen, and the mailbox waits only for the next tick or `notBefore`. */
function isRequested({ requestedAt, claim, nextDueAt, notBefore = 0 }: MailboxState, now: number): boolean {
  if (requestedAt === undefined) return false;
  return claim === undefined ? nextDueAt <= Math.max(now, notBefore) : requestedAt > claim.claimedAt;
}

/**
 * Ends a job and its claim. If a sync was requested during the job, the mailbox is due at once, but not before
 * `notBefore`; a requested comparison stays requested, whatever the job says of an earlier one.
 */
export function finished(outcome: Outcome, claimedAt: number): JobEnd {
  const ended = { ...outcome, claim: undefined, requestedAt: undefined };
  const { verifyRequestedAt: _, ...ofRequested } = ended;
  // Not the tick's own time, at which the mailbox may have been due: a slow dispatcher's read must not match again.
  const nextDueAt = Math.max(claimedAt + 1, outcome.notBefore ?? 0);
  return (isRequested) => (isRequested ? { ...ofRequested, nextDueAt } : ended);
}

/**
 * Applies a transition to the mailbox of this generation.
 *
 * @returns false if there is no such mailbox, or its state does not allow the transition
 * @throws Problem `storage_unavailable`, also if the mailbox keeps changing meanwhile
 */
export async function applyTransition(
  { accountId, generation }: MailboxKey,
  transition: Transition,
  mailboxes: Pick<MailboxStore, 'find' | 'change'>,
): Promise<boolean> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const state = await mailboxes.find(accountId);
    const changes = state?.generation === generation ? transition(state) : undefined;
    if (state === undefined || changes === undefined) return false;
    if (Object.keys(changes).length === 0 || (await mailboxes.change(state, changes))) return true;
  }
  throw new Problem('storage_unavailable');
}
