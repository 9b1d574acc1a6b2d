import type { PendingConsent } from './pending-consent.ts';

declare const verified: unique symbol;

/**
 * An authorization code that answers a consent which was started here, by whom it is bound to. Only verifyCallback and
 * verifyCode make one: no other code is exchanged.
 */
export interface VerifiedCode {
  readonly [verified]: true;
  readonly code: string;
  readonly pending: PendingConsent;
}
