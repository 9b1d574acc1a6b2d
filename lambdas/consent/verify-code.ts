import { Problem } from '../errors.ts';
import { codeChallengeOf } from '../http/code-challenge.ts';
import { hashOf } from '../secrets.ts';
import type { Invitation, PendingConsentStore } from './pending-consent.ts';
import type { VerifiedCode } from './verified-code.ts';

/** An authorization code, as the program brings it that got it. */
export interface BroughtCode {
  readonly code: string;
  readonly state: string;
  /** The verifier of the challenge with which the program asked for the state. */
  readonly codeVerifier: string;
}

export interface CodeVerification {
  readonly pendingConsents: Pick<PendingConsentStore, 'take'>;
  readonly clock?: () => number;
}

/**
 * Checks a code that a program brings before anything is asked of Google: its state is known, unexpired, unused, and
 * bound to the challenge of this verifier. A wrong verifier does not use the state up.
 *
 * @param invitation who invites, if it is a backend that brings the code
 * @throws Problem `invalid_state`.
 */
export async function verifyCode(
  { code, state, codeVerifier }: BroughtCode,
  invitation: Invitation | undefined,
  { pendingConsents, clock = Date.now }: CodeVerification,
): Promise<VerifiedCode> {
  const binding = { codeChallenge: codeChallengeOf(codeVerifier) };
  const pending = await pendingConsents.take(hashOf(state), binding, clock());
  if (pending === undefined) throw new Problem('invalid_state');
  return { code, pending: { ...pending, invitation } } as VerifiedCode;
}
