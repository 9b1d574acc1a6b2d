import { randomUUID } from 'node:crypto';
import { enqueueErasure } from './erase.ts';
import type { SweptMailbox } from './mailbox-state.ts';
import { startMailbox } from './start-mailbox.ts';
import type { SweepCounts, SweepRun } from './sweep-run.ts';
import { applyTransition, resumed } from './transitions.ts';

/**
 * Sweeps a page of sync states. It erases those of ended generations, and replaces them if the account has connected
 * again; it resumes paused mailboxes whose grant is active.
 */
export async function sweepMailboxes(
  page: readonly SweptMailbox[],
  run: SweepRun,
): Promise<Partial<SweepCounts>> {
  const { grants } = run.dependencies;
  const found = await grants.findAll(page.map(({ accountId }) => accountId));
  const grantOf = ({ accountId, generation }: SweptMailbox) => {
    const grant = found.get(accountId);
    return grant?.generation === generation ? grant : undefined;
  };
  const count = (phase: SweptMailbox['phase']) => page.filter((mailbox) => mailbox.phase === phase).length;
  return {
    mailboxes: page.length,
    backfill: count('backfill'),
    live: count('live'),
    paused: count('paused'),
    failed: page.reduce((sum, { failed }) => sum + failed, 0),
    // A revoked grant keeps its copy: the user may consent again. A disconnect erases the copy itself.
    ...(await eraseEnded(
      page.filter((mailbox) => grantOf(mailbox) === undefined),
      run,
    )),
    resumed: await resume(
      page.filter((mailbox) => mailbox.phase === 'paused' && grantOf(mailbox)?.status === 'active'),
      run,
    ),
  };
}

/** Enqueues the erasure of copies without a grant. The grant is read again first, consistently. */
async function eraseEnded(suspects: readonly SweptMailbox[], run: SweepRun) {
  const { findGrant, queue, newId = randomUUID } = run.dependencies;
  const counts = { erased: 0, started: 0 };
  await run.each(suspects, async ({ accountId, generation }) => {
    const grant = await findGrant(accountId);
    if (grant?.generation === generation) return;
    await enqueueErasure({ accountId, generation }, queue, newId);
    counts.erased += 1;
    if (grant?.status === 'active' && (await startMailbox(grant, run, generation))) counts.started += 1;
  });
  return counts;
}

/**
 * Resumes each paused mailbox whose grant is active: the user may have consented while nothing was copied, or an
 * administrator may have lifted a policy. A mailbox that Google still refuses pauses again, with its reason.
 *
 * @returns how many were resumed
 */
async function resume(paused: readonly SweptMailbox[], run: SweepRun): Promise<number> {
  const { mailboxes, copying } = run.dependencies;
  let count = 0;
  await run.each(copying ? paused : [], async (mailbox) => {
    if (await applyTransition(mailbox, resumed(run.now), mailboxes)) count += 1;
  });
  return count;
}
