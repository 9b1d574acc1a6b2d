import type { BackfillPace, MailboxState } from '../mailbox/mailbox-state.ts';
import { leaseOf, type SyncPace } from '../mailbox/pace.ts';
import type { Ending } from './job-outcome.ts';

/** How much of the rate the last job is. */
const weight = 0.25;

/**
 * How fast a backfill goes after a job, in messages a minute: measured from the tick before, so that the turns of
 * others count, while a pause or an outage, which is longer than any lease, does not.
 *
 * @param before the mailbox as the job found it
 * @param after as it left it
 * @returns undefined when no backfill is under way
 */
export function nextBackfillPace(
  before: MailboxState,
  after: MailboxState,
  {
    ending,
    claimedAt,
    pace,
  }: { readonly ending: Ending; readonly claimedAt: number; readonly pace: SyncPace },
): BackfillPace | undefined {
  const last = before.backfillPace;
  if (after.phase !== 'backfill') return undefined;
  if (ending.kind === 'problem') return last;
  const goesOn = last !== undefined && claimedAt - last.at <= leaseOf(pace);
  const copied = after.copied - (goesOn ? last.copied : before.copied);
  const elapsed = goesOn ? Math.max(claimedAt - last.at, pace.minute) : pace.minute;
  const rate = Math.max(0, copied) / (elapsed / 60_000);
  return {
    at: claimedAt,
    copied: after.copied,
    rate: last === undefined ? rate : last.rate + weight * (rate - last.rate),
  };
}
