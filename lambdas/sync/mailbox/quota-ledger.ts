import {
  type Claim,
  type DueClass,
  isBackfillClass,
  type LedgerEntry,
  type MailboxState,
  type Outcome,
} from './mailbox-state.ts';

/**
 * Units that the project's day does not hold yet; less than none where it holds more for the last job than that spent.
 */
export function uncountedUnits({ spends, quietPoll }: Pick<MailboxState, 'spends' | 'quietPoll'>): number {
  const spent = spends.filter(({ mark }) => mark === undefined);
  const reserved = spends.find(({ at, mark }) => mark === 'reserved' && at === quietPoll?.claimedAt);
  const unspent = reserved === undefined || quietPoll === undefined ? 0 : reserved.units - quietPoll.units;
  return totalUnits(spent) - totalUnits(spends.filter(isGrant)) - unspent;
}

/** Whether the last job that ended worked on a backfill. */
export function lastJobWasBackfill(spends: readonly LedgerEntry[]): boolean {
  return spends.some(({ mark }) => mark === 'grantedToBackfill');
}

/** What the day holds for a job that has ended, as the row keeps it until the next claim. */
function grantOf({ claimedAt, units }: Claim, dueClass: DueClass): LedgerEntry {
  return { at: claimedAt, units, mark: isBackfillClass(dueClass) ? 'grantedToBackfill' : 'granted' };
}

function isGrant({ mark }: LedgerEntry): boolean {
  return mark === 'granted' || mark === 'grantedToBackfill';
}

/**
 * What a row holds once its mailbox is claimed and its spends are counted: those of the trailing minute, so that the
 * job knows of them, and the job's own units, charged before it makes its calls.
 *
 * @param minute milliseconds
 */
export function ledgerOfClaim(
  seen: readonly LedgerEntry[],
  { claimedAt, units }: Claim,
  minute: number,
): readonly LedgerEntry[] {
  const trailing = seen.filter((spend) => !isGrant(spend) && spend.at + minute > claimedAt);
  return [
    ...trailing.map((spend) => ({ ...spend, mark: 'counted' as const })),
    { at: claimedAt, units, mark: 'reserved' },
  ];
}

/**
 * What a row must hold before a job is worked on. Of each earlier delivery nobody knows what it spent before it died:
 * its whole grant counts, and would be forgotten if this one died, too.
 *
 * @param spends of a claimed row: what is not counted are such grants
 * @param delivery how often the message was delivered, this time included; a redrive counts anew
 * @returns the same if the message was never delivered before
 */
export function ledgerOfRedelivery(
  spends: readonly LedgerEntry[],
  { claimedAt, units }: Claim,
  delivery: number,
): readonly LedgerEntry[] {
  const written = totalUnits(spends.filter(({ mark }) => mark === undefined));
  if (delivery === 1 && written === 0) return spends;
  const counted = spends.filter(({ mark }) => mark !== undefined);
  return [...counted, { at: claimedAt, units: Math.max(units * (delivery - 1), written + units) }];
}

/** What a job has to take for spent when it begins: everything but its own reservation. */
export function ledgerBeforeJob({
  spends,
  quietPoll,
}: Pick<MailboxState, 'spends' | 'quietPoll'>): readonly LedgerEntry[] {
  return [
    ...spends.filter((spend) => spend.mark !== 'reserved' && !isGrant(spend)),
    ...(quietPoll === undefined
      ? []
      : [{ at: quietPoll.at, units: quietPoll.units, mark: 'counted' as const }]),
  ];
}

/**
 * What a job leaves in the row of its spends. Where nothing else of the mailbox's entry in the index of due ones would
 * change, the claim's spends stay too, and what was really spent stands beside them: so a quiet poll costs that entry
 * no second write. Otherwise it is never due exactly when the claim said, nor when a redelivery then did: a dispatcher
 * that goes by spends as they stood there must not get it.
 *
 * @param seen the mailbox as the job found it, before anything was written of earlier deliveries
 * @param spent as the job's budget has them
 * @param minute milliseconds
 */
export function ledgerAfterJob(
  seen: MailboxState,
  claim: Claim,
  spent: readonly LedgerEntry[],
  outcome: Pick<Outcome, 'phase' | 'nextDueAt' | 'dueClass' | 'wants' | 'notBefore'>,
  minute: number,
): Pick<MailboxState, 'spends' | 'quietPoll' | 'nextDueAt'> {
  const { nextDueAt } = outcome;
  const own = spent.filter(({ mark }) => mark === undefined);
  const isQuiet =
    outcome.phase !== 'paused' &&
    nextDueAt === seen.nextDueAt &&
    outcome.dueClass === seen.dueClass &&
    outcome.wants === seen.wants &&
    totalUnits(own) <= claim.units &&
    // There is room for one such poll: an earlier one of the same minute would be forgotten.
    (seen.quietPoll === undefined || seen.quietPoll.at + minute <= claim.claimedAt);
  if (!isQuiet) {
    const isDueAsSeen = nextDueAt === seen.nextDueAt || nextDueAt === seen.nextDueAt + 1;
    const offset = outcome.notBefore === undefined ? -1 : 2;
    return {
      spends: [...spent, grantOf(claim, seen.dueClass)],
      quietPoll: undefined,
      nextDueAt: isDueAsSeen ? seen.nextDueAt + offset : nextDueAt,
    };
  }
  const at = Math.max(claim.claimedAt, ...own.map((spend) => spend.at));
  const quietPoll = { claimedAt: claim.claimedAt, at, units: totalUnits(own) };
  return { spends: seen.spends, quietPoll, nextDueAt };
}

/**
 * Spends as a row keeps them: those of the trailing minute, one entry for a sixtieth of it, at the latest moment, so
 * that nothing comes back early; of the older ones, in one entry, what must still be counted. What is counted and
 * what is not stay apart.
 *
 * @param minute milliseconds
 */
export function compactLedger(
  spends: readonly LedgerEntry[],
  now: number,
  minute: number,
): readonly LedgerEntry[] {
  const entries = new Map<string, LedgerEntry>();
  for (const { at, units, mark } of spends) {
    const isExpired = at + minute <= now;
    if (isExpired && mark === 'counted') continue;
    const key = `${mark} ${isExpired ? 'over' : Math.ceil(at / (minute / 60))}`;
    const sum = entries.get(key);
    const marked = mark === undefined ? {} : { mark };
    entries.set(key, { at: Math.max(at, sum?.at ?? 0), units: units + (sum?.units ?? 0), ...marked });
  }
  return [...entries.values()];
}

/** The sum of these spends. */
export function totalUnits(spends: readonly LedgerEntry[]): number {
  return spends.reduce((sum, { units }) => sum + units, 0);
}
