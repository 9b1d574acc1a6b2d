import { Problem } from '../errors.ts';
import { codeChallengeOf, hashOf } from '../secrets.ts';
import type { IdTokenVerifier } from './code-exchange.ts';
import type { Invitation, PendingConsentStore } from './pending-consent.ts';
import type { VerifiedCode } from './verified-code.ts';

export interface SubmittedCode {
  readonly code: string;
  readonly state: string;
  /** The verifier of the challenge that the program started the consent with. */
  readonly codeVerifier: string;
  /** The ID token of the sign-in that returned the code, with the nonce of the state. */
  readonly idToken?: string | undefined;
  /** The `sub` of the account that the code must belong to; a backend may name it instead of an ID token. */
  readonly accountId?: string | undefined;
}

export interface CodeVerification {
  readonly pendingConsents: Pick<PendingConsentStore, 'take'>;
  readonly idTokens: IdTokenVerifier;
  readonly clock?: () => number;
}

/** The nonce of a program's sign-in. It is derived from the state, so that it need not be stored. */
export function nonceOf(state: string): string {
  return hashOf(`nonce of ${state}`);
}

/**
 * Verifies a program's code before its exchange: the state is known, unexpired, unused, and bound to the challenge of
 * this verifier. Google's libraries send no PKCE challenge of ours, so the code itself could be anyone's (RFC 9700,
 * 4.5): it must belong to the account that the ID token or the backend names. A wrong verifier or ID token does not use
 * up the state.
 *
 * @param invitation the invitation, if a backend submits the code
 * @throws Problem `invalid_state`, `invalid_request`, and what the ID token's verifier throws.
 */
export async function verifyCode(
  { code, state, codeVerifier, idToken, accountId }: SubmittedCode,
  invitation: Invitation | undefined,
  { pendingConsents, idTokens, clock = Date.now }: CodeVerification,
): Promise<VerifiedCode> {
  if ((idToken === undefined) === (accountId === undefined)) {
    throw new Problem('invalid_request', {
      detail:
        'Body: give exactly one of accountId and idToken. accountId is the `sub` of the code’s Google account. idToken is ' +
        'the ID token of the same sign-in; its nonce must be the one returned with the state.',
    });
  }
  const expectedAccountId = accountId ?? (await idTokens.verifyIdToken(idToken ?? '', nonceOf(state)));
  const binding = { codeChallenge: codeChallengeOf(codeVerifier) };
  const pending = await pendingConsents.take(hashOf(state), binding, clock());
  if (pending === undefined) throw new Problem('invalid_state');
  return { code, pending: { ...pending, invitation, expectedAccountId } } as VerifiedCode;
}
