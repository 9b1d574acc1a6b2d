import type { MailboxState } from './mailbox-state.ts';

/** Minutes between a requested comparison and the next. */
const pauseMinutes = 60;

/** The outcome of a request for a comparison: it may run, one is pending already, or the pause after one lasts. */
type VerifyRequest =
  | { readonly kind: 'free' }
  | { readonly kind: 'under_way' }
  | { readonly kind: 'paused'; readonly until: number };

/**
 * Whether a comparison may be requested now. Comparing a large mailbox uses a visible share of the daily quota, so
 * requested comparisons have a pause between them. The sync's own have none.
 *
 * @param now epoch milliseconds
 * @param minute milliseconds
 */
export function decideVerifyRequest(
  { verify, verifyRequestedAt, lastVerify }: MailboxState,
  now: number,
  minute: number,
): VerifyRequest {
  if (verifyRequestedAt !== undefined || verify?.because === 'requested') return { kind: 'under_way' };
  if (lastVerify?.because !== 'requested') return { kind: 'free' };
  const until = lastVerify.at + pauseMinutes * minute;
  return until <= now ? { kind: 'free' } : { kind: 'paused', until };
}
