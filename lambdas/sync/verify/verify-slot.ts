import { createHash } from 'node:crypto';
import type { MailboxState } from '../mailbox/mailbox-state.ts';

/**
 * Whether the scheduled comparison of a mailbox is due. Each account has its own time in the period, so that mailboxes
 * connected on one day are not compared on one day.
 *
 * @param every the period (milliseconds)
 */
export function isVerifySlotDue(
  { accountId, verifiedAt, connectedAt }: Pick<MailboxState, 'accountId' | 'verifiedAt' | 'connectedAt'>,
  now: number,
  every: number,
): boolean {
  const share = createHash('sha256').update(accountId).digest().readUInt32BE(4) / 2 ** 32;
  const lastSlot = now - ((now - share * every) % every);
  return lastSlot > (verifiedAt ?? connectedAt);
}
