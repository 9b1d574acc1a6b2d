import type { MailboxState } from './mailbox-state.ts';

/** Minutes between the end of a comparison that was asked for and the beginning of the next one. */
const pauseMinutes = 60;

/** What a request for a comparison meets: one that it can have, one that is under way already, or the pause after one. */
export type VerifyRequest =
  | { readonly kind: 'free' }
  | { readonly kind: 'under_way' }
  | { readonly kind: 'paused'; readonly until: number };

/**
 * Whether a comparison can be asked for now. A comparison of a large mailbox costs a visible share of the project's day
 * of units, so those that callers ask for have a pause between them; those of the sync's own have none.
 *
 * @param now epoch milliseconds
 * @param minute milliseconds
 */
export function judgeVerifyRequest(
  { verify, verifyRequestedAt, lastVerify }: MailboxState,
  now: number,
  minute: number,
): VerifyRequest {
  if (verifyRequestedAt !== undefined || verify?.because === 'requested') return { kind: 'under_way' };
  if (lastVerify?.because !== 'requested') return { kind: 'free' };
  const until = lastVerify.at + pauseMinutes * minute;
  return until <= now ? { kind: 'free' } : { kind: 'paused', until };
}
