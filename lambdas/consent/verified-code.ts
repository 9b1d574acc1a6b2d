import type { PendingConsent } from './pending-consent.ts';

declare const verified: unique symbol;

/**
 * An authorization code for a consent that was started here and belongs to the browser or program that submits it. Only
 * verifyCallback and verifyCode create one, and only such codes are exchanged.
 */
export interface VerifiedCode {
  readonly [verified]: true;
  readonly code: string;
  readonly pending: PendingConsent;
}
