import type { MailboxKey } from '../copied-message.ts';
import type { QuotaProfile } from './sync-gmail.ts';
import { unitsForJobs } from './unit-budget.ts';

/** The units that live calls of a mailbox have taken, by the minutes of the clock. */
export interface LiveUnitsReader {
  /** @param startsAt when the minute begins, epoch milliseconds */
  read(mailbox: MailboxKey, startsAt: number): Promise<number>;
}

/**
 * The units that a job may let stand in any trailing minute of its mailbox: what live calls have taken of the last one
 * is not there for it. Once a job is claimed, live calls see its grant and leave it alone.
 *
 * @param minute milliseconds
 */
export async function unitsBesideLive(
  mailbox: MailboxKey,
  now: number,
  minute: number,
  { quota, live }: { readonly quota: QuotaProfile; readonly live: LiveUnitsReader },
): Promise<number> {
  const startsAt = now - (now % minute);
  const [current, before] = await Promise.all([
    live.read(mailbox, startsAt),
    live.read(mailbox, startsAt - minute),
  ]);
  // Of the minute before, the part that is not a minute ago: nobody knows when in it they were taken.
  const trailing = current + before * (1 - (now - startsAt) / minute);
  const left = Math.floor(quota.unitsPerUserMinute - trailing);
  return Math.max(leastShare * quota.unitsPerUserMinute, Math.min(unitsForJobs(quota), left));
}

/** No burst of live calls takes all of a job's minute: then Gmail itself says who waits. */
const leastShare = 0.1;
