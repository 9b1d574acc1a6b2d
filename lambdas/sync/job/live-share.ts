import type { MailboxKey } from '../../copied-message.ts';
import { minShare, shareBesideLive, sharedShare } from '../../minute-shares.ts';
import { type QuotaProfile, unitsForJobs } from '../mailbox/quota-profile.ts';

/** The units of a mailbox's live calls, by minutes of the clock. */
export interface LiveUnitsReader {
  /** @param startsAt when the minute begins, epoch milliseconds */
  read(mailbox: MailboxKey, startsAt: number): Promise<number>;
}

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
  // The units of the minute before have no times: count the part of that minute that is still within 60 seconds.
  const trailing = before * (1 - (now - startsAt) / minute);
  const whole = quota.unitsPerUserMinute;
  // Beside the calls of one minute of the clock, any 60 seconds may contain those of the next: half of what is left.
  const left = Math.min(shareBesideLive * whole, sharedShare * whole - 2 * Math.max(current, trailing));
  return Math.floor(Math.max(minShare * whole, left));
}

/** The units to want for the next job: no more than a job beside live calls gets, if this one was limited by them. */
export function wantsBesideLive(
  wants: number,
  limit: number,
  { unitsPerUserMinute: whole }: Pick<QuotaProfile, 'unitsPerUserMinute'>,
): number {
  return Math.min(wants, Math.max(limit, Math.floor(shareBesideLive * whole)));
}
