import type { MailboxKey } from '../../copied-message.ts';
import { type QuotaProfile, unitsForJobs } from '../mailbox/quota-profile.ts';

/** The units of a mailbox's live calls, by minutes of the clock. */
export interface LiveUnitsReader {
  /** @param startsAt when the minute begins, epoch milliseconds */
  read(mailbox: MailboxKey, startsAt: number): Promise<number>;
}

/** The least share of the minute that a job keeps. Beyond it, Gmail's own rate limit decides. */
const minShare = 0.1;

/**
 * A job's share of the minute of a mailbox with live calls. Live calls get half of the rest of 95 %, a fifth of the
 * minute, since any 60 seconds may contain the calls of two minutes of the clock.
 */
const shareBesideLive = 0.55;

/**
 * The units that a job may use in any trailing minute of its mailbox. A mailbox without live calls is copied at full
 * pace. If one was read live in the last two minutes of the clock, the job leaves units to its next live calls too.
 * Live calls see the grant of a claimed mailbox and do not use its units.
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
  // The part of the minute before that is within the last 60 seconds: when in it the calls were made is unknown.
  const trailing = current + before * (1 - (now - startsAt) / minute);
  const whole = quota.unitsPerUserMinute;
  const left = Math.min(shareBesideLive * whole, whole - trailing);
  return Math.floor(Math.max(minShare * whole, left));
}
