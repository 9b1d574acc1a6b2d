import { randomUUID } from 'node:crypto';
import { enqueueConnected } from './announce.ts';
import { enqueueExpiry, isExpiryDue } from './announce-expiry.ts';
import { enqueueErasure } from './erase.ts';
import { startMailbox } from './start-mailbox.ts';
import type { SweepCounts, SweepRun, SweptGrant } from './sweep-run.ts';
import { enqueueGrantTry, isTryDue } from './try-grant.ts';

/** How far back consents are announced again (milliseconds): further than the last sweep, however late that ran. */
const lookBack = 26 * 3_600_000;

/**
 * Sweeps a page of grants. It creates missing sync states, enqueues announcements of recent consents and of grants that
 * expire soon, has recently revoked grants tried, and finishes disconnects that were cut off.
 */
export async function sweepGrants(page: readonly SweptGrant[], run: SweepRun): Promise<Partial<SweepCounts>> {
  const { mailboxes, copying } = run.dependencies;
  const active = page.filter(({ status }) => status === 'active');
  const generations = await mailboxes.generationsOf(active.map(({ accountId }) => accountId));
  const lacksState = ({ accountId, generation }: SweptGrant) =>
    copying && generations.get(accountId) !== generation;
  const started = await startMissing(active.filter(lacksState), generations, run);
  await announceRecent(
    active.filter((grant) => !lacksState(grant)),
    run,
  );
  await announceExpiring(active, run);
  await tryRevoked(page, run);
  // Last, so that a disconnect that cannot be finished does not delay the rest of the page.
  const finished = await finishDisconnects(
    page.filter(({ status }) => status === 'disconnecting'),
    run,
  );
  return { started, finished };
}

/** @returns how many states were created */
async function startMissing(
  missing: readonly SweptGrant[],
  generations: ReadonlyMap<string, string>,
  run: SweepRun,
): Promise<number> {
  const { queue, newId = randomUUID } = run.dependencies;
  let started = 0;
  await run.each(missing, async (grant) => {
    if (!(await isStillActive(grant, run))) return;
    const { accountId } = grant;
    const ended = generations.get(accountId);
    // Without this erasure the new state would hide the old copy for good.
    if (ended !== undefined) await enqueueErasure({ accountId, generation: ended }, queue, newId);
    if (await startMailbox(grant, run, ended)) started += 1;
  });
  return started;
}

/**
 * Enqueues the announcements of the last day's consents again: the function that stored a consent may have been cut off
 * before it did. Consents without a state are left out, since startMailbox enqueues theirs.
 */
async function announceRecent(grants: readonly SweptGrant[], run: SweepRun): Promise<void> {
  const { queue, newId = randomUUID } = run.dependencies;
  const recent = grants.filter(({ connectedAt = 0 }) => connectedAt >= run.now - lookBack);
  await run.each(recent, async (grant) => {
    if (await isStillActive(grant, run)) await enqueueConnected(keyOf(grant), queue, newId);
  });
}

/** Enqueues the announcements of grants that expire soon, once for each expiry. */
async function announceExpiring(grants: readonly SweptGrant[], run: SweepRun): Promise<void> {
  const { queue, newId = randomUUID } = run.dependencies;
  const expiring = grants.filter((grant) => isExpiryDue(grant, run.now));
  await run.each(expiring, (grant) => enqueueExpiry(grant, queue, newId));
}

/** Has recently revoked grants tried again. */
async function tryRevoked(grants: readonly SweptGrant[], run: SweepRun): Promise<void> {
  const { queue, newId = randomUUID } = run.dependencies;
  const revoked = grants.filter((grant) => isTryDue(grant, run.now));
  await run.each(revoked, (grant) => enqueueGrantTry(grant, queue, newId));
}

/** @returns how many grants this ended */
async function finishDisconnects(leaving: readonly SweptGrant[], run: SweepRun): Promise<number> {
  const { finishDisconnect } = run.dependencies;
  let finished = 0;
  await run.each(leaving, async ({ accountId }) => {
    if (await finishDisconnect(accountId)) finished += 1;
  });
  return finished;
}

/** Whether the listed grant is still active: the account may have been disconnected or connected again since. */
async function isStillActive({ accountId, generation }: SweptGrant, run: SweepRun): Promise<boolean> {
  const grant = await run.dependencies.findGrant(accountId);
  return grant?.generation === generation && grant.status === 'active';
}

function keyOf({ accountId, generation }: SweptGrant) {
  return { accountId, generation };
}
