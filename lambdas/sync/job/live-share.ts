import type { MailboxKey } from '../../copied-message.ts';
import { type QuotaProfile, unitsForJobs } from '../mailbox/quota-profile.ts';

/** The units that live calls of a mailbox have taken, by the minutes of the clock. */
export interface LiveUnitsReader {
  /** @param startsAt when the minute begins, epoch milliseconds */
  read(mailbox: MailboxKey, startsAt: number): Promise<number>;
}

/** No burst of live calls takes all of a job's minute: then Gmail itself says who waits. */
const minShare = 0.1;

/**
 * A job's share of the minute while somebody makes live calls. They get half of what is left of 95 %, since any 60
 * seconds can hold what two minutes of the clock have: a fifth of the minute.
 */
const shareBesideLive = 0.55;

/**
 * The units that a job may let stand in any trailing minute of its mailbox. A mailbox that nobody reads live is copied
 * at full pace; for one that was read in the last two minutes of the clock, the job leaves units to the next live calls,
 * too. Once it is claimed, they see its grant and leave it alone.
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
  if (current + before === 0) return unitsForJobs(quota);
  // Of the minute before, the part that is not a minute ago: nobody knows when in it they were taken.
  const trailing = current + before * (1 - (now - startsAt) / minute);
  const whole = quota.unitsPerUserMinute;
  const left = Math.min(shareBesideLive * whole, whole - trailing);
  return Math.floor(Math.max(minShare * whole, left));
}
