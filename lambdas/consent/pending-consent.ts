import { Problem, type ProblemCode } from '../errors.ts';
import type { Ciphertext } from '../grants/grant.ts';
import { type EncryptionContext, serviceName, type TokenCipher } from '../grants/token-cipher.ts';

/** How long a person has to consent (milliseconds). */
export const pendingLifetime = 600_000;

/** To whom a consent under way is bound: to a browser by its login cookie, or to a program by its code challenge. */
export type ConsentBinding =
  /** The SHA-256 of the login cookie. */
  | { readonly browserHash: string }
  /** PKCE's S256 challenge, made by the program that will show the verifier. */
  | { readonly codeChallenge: string };

/** Who invited, and whom: a connect link, or a backend that brings the code itself. */
export interface Invitation {
  /** The SHA-256 of the connect link; a backend needs none. */
  readonly linkId?: string | undefined;
  readonly owner: string;
  /** Only a Google account with this verified address is welcome. */
  readonly email?: string | undefined;
}

/** A consent that was started and is not yet completed. */
export interface PendingConsent {
  /** The SHA-256 of `state`; the state itself is stored nowhere. */
  readonly loginId: string;
  readonly binding: ConsentBinding;
  /**
   * Empty where the code comes from a phone, and so without a redirect. Other codes come to our callback. The token
   * endpoint is sent the same.
   */
  readonly redirectUri?: string | undefined;
  /** A path of this site, or an address under the allowed return origins. */
  readonly returnTo: string;
  /** For an application on another origin: it takes the session over with the verifier of this challenge. */
  readonly handoffChallenge?: string | undefined;
  readonly invitation?: Invitation | undefined;
  /** Whose consent is expected; a consent of anybody else is dropped. */
  readonly expectedAccountId?: string | undefined;
  /** Whether Google was told to ask for consent even if it was given before. */
  readonly prompted: boolean;
  readonly clientId: string;
  /** What was asked. */
  readonly scopes: readonly string[];
  /** The PKCE code verifier and the nonce of our own, encrypted; none where Google's library on a phone asks. */
  readonly sealed?: Ciphertext | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** How a callback ended: whom it signed in, or why it did not. */
export type ConsentOutcome =
  /**
   * The SHA-256 of the session token that the browser was given for this consent; none where an earlier session went on.
   * `codeHash`: the SHA-256 of the authorization code, without which a repeated callback signs nobody in.
   */
  | { readonly sessions: readonly string[]; readonly codeHash: string }
  /** The account whose session an application on another origin may take over. */
  | { readonly handsOver: string; readonly generation: string; readonly codeHash: string }
  | { readonly problem: ProblemCode; readonly detail?: string | undefined };

/** A consent whose callback came, as a callback that is repeated finds it. Times are epoch milliseconds. */
export interface TakenConsent
  extends Pick<PendingConsent, 'loginId' | 'returnTo' | 'handoffChallenge' | 'invitation'> {
  readonly takenAt: number;
  /** Undefined while the first callback runs, and after one that died. */
  readonly outcome?: ConsentOutcome | undefined;
  readonly endedAt?: number | undefined;
  /** The SHA-256 of each session token that the browser was given by repeated callbacks. */
  readonly moreSessions: readonly string[];
}

/** Where pending consents are kept. */
export interface PendingConsentStore {
  put(pending: PendingConsent): Promise<void>;
  /**
   * Takes the pending consent, if it is bound like this and has not expired: of two calls at the same moment exactly one
   * gets it.
   */
  take(loginId: string, binding: ConsentBinding, now: number): Promise<PendingConsent | undefined>;
  /** Stores how the callback that took the consent ended, until `expiresAt`. */
  end(
    pending: PendingConsent,
    outcome: ConsentOutcome,
    times: { endedAt: number; expiresAt: number },
  ): Promise<void>;
  /** The consent that a callback of this browser took, if its time has not passed. */
  findTaken(loginId: string, browserHash: string, now: number): Promise<TakenConsent | undefined>;
  /**
   * Counts one more sign-in by the outcome of a taken consent of this browser.
   *
   * @param session the SHA-256 of the session token that was given for it; none for a handoff
   * @returns false when it ended before `since`, or was used as often as allowed.
   */
  repeat(
    loginId: string,
    browserHash: string,
    allowed: { since: number; most: number },
    session?: string,
  ): Promise<boolean>;
}

/** What only Google and we may know of a consent under way. */
export interface ConsentSecrets {
  readonly codeVerifier: string;
  readonly nonce: string;
}

/** Encrypts the secrets of a consent under way, bound to that consent. */
export function sealSecrets(
  { codeVerifier, nonce }: ConsentSecrets,
  pending: Pick<PendingConsent, 'loginId' | 'clientId'>,
  cipher: Pick<TokenCipher, 'encrypt'>,
): Promise<Ciphertext> {
  return cipher.encrypt(`${codeVerifier}.${nonce}`, loginContext(pending));
}

/**
 * Decrypts what sealSecrets encrypted.
 *
 * @returns undefined where the consent has no secrets of ours, as those of programs have not.
 * @throws Problem `invalid_state` where a browser's has lost them: without them nobody would check the nonce.
 */
export async function openSecrets(
  pending: Pick<PendingConsent, 'loginId' | 'clientId' | 'sealed' | 'binding'>,
  cipher: Pick<TokenCipher, 'decrypt'>,
): Promise<ConsentSecrets | undefined> {
  if (pending.sealed === undefined) {
    if ('browserHash' in pending.binding) throw new Problem('invalid_state');
    return undefined;
  }
  const opened = await cipher.decrypt(pending.sealed, loginContext(pending));
  const [codeVerifier = '', nonce = ''] = opened.split('.');
  return { codeVerifier, nonce };
}

function loginContext({
  loginId,
  clientId,
}: Pick<PendingConsent, 'loginId' | 'clientId'>): EncryptionContext {
  return { service: serviceName, loginId, clientId, tokenKind: 'login' };
}
