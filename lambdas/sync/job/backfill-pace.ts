import type { BackfillPace, MailboxState } from '../mailbox/mailbox-state.ts';
import { leaseOf, type SyncPace } from '../mailbox/pace.ts';
import type { Ending } from './job-outcome.ts';

/** The weight of the last job in the rate. */
const weight = 0.25;

/**
 * The pace of a backfill after a job, in messages a minute. It is measured from the earlier tick, so that the turns of
 * other mailboxes count, unless more than a lease has passed, as after a pause or an outage.
 *
 * @param before the mailbox as the job found it
 * @param after as the job left it
 * @returns undefined if no backfill is running
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
