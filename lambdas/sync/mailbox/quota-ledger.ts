import {
  type Claim,
  type DueClass,
  isBackfillClass,
  type LedgerEntry,
  type MailboxState,
  type Outcome,
} from './mailbox-state.ts';

/** Units spent but not yet counted in the daily quota; negative if the last job used less than it was granted. */
export function uncountedUnits({ spends, quietPoll }: Pick<MailboxState, 'spends' | 'quietPoll'>): number {
  const spent = spends.filter(({ mark }) => mark === undefined);
  const reserved = spends.find(({ at, mark }) => mark === 'reserved' && at === quietPoll?.claimedAt);
  const unspent = reserved === undefined || quietPoll === undefined ? 0 : reserved.units - quietPoll.units;
  return totalUnits(spent) - totalUnits(spends.filter(isGrant)) - unspent;
}

export function lastJobWasBackfill(spends: readonly LedgerEntry[]): boolean {
  return spends.some(({ mark }) => mark === 'grantedToBackfill');
}

/** What the daily quota contains for an ended job, as the row keeps it until the next claim. */
function grantOf({ claimedAt, units }: Claim, dueClass: DueClass): LedgerEntry {
  return { at: claimedAt, units, mark: isBackfillClass(dueClass) ? 'grantedToBackfill' : 'granted' };
}

function isGrant({ mark }: LedgerEntry): boolean {
  return mark === 'granted' || mark === 'grantedToBackfill';
}

/**
 * The ledger of a claimed row, once its spends are counted: those of the trailing minute, which the job must know, and
 * the job's own units, charged before its calls.
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
 * The ledger to store before a job runs. What an earlier delivery spent before it died is unknown, so its whole grant
 * counts; it would be lost if this delivery died too.
 *
 * @param spends of a claimed row: entries without a mark are such grants
 * @param delivery how often the message was delivered, this time included; a redrive starts again at one
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

/** What counts as spent when a job begins: everything but its own reservation. */
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
 * The ledger after a job. If nothing else changes in the mailbox's entry of the due index, the claim's `spends` stay
 * and `quietPoll` records what was spent: so a quiet poll saves that entry a second write. Otherwise the due time
 * differs from the claim's and from a redelivery's, so that a dispatcher that read the earlier `spends` cannot claim
 * the mailbox.
 *
 * @param seen the mailbox as the job found it, before earlier deliveries were recorded
 * @param spent by the job's budget
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
    // The row has room for one quiet poll: an earlier one of the same minute would be lost.
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
 * Compacts entries for the row: those of the trailing minute to one for each sixtieth of it, at the latest moment, so
 * that no units come back early; older ones that must still be counted to one. Counted and uncounted entries stay
 * apart.
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

export function totalUnits(spends: readonly LedgerEntry[]): number {
  return spends.reduce((sum, { units }) => sum + units, 0);
}
