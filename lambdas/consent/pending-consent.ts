import { Problem, type ProblemCode } from '../errors.ts';
import type { Ciphertext } from '../grants/grant.ts';
import { type EncryptionContext, serviceName, type TokenCipher } from '../grants/token-cipher.ts';

/** How long a user has to consent (milliseconds). */
export const pendingLifetime = 600_000;

/** What a pending consent is bound to: a browser by its login cookie, or a program by its code challenge. */
export type ConsentBinding =
  /** The SHA-256 of the login cookie. */
  | { readonly browserHash: string }
  /** The PKCE code challenge (S256) of the program that will send the verifier. */
  | { readonly codeChallenge: string };

/** An invitation by a connect link, or by a backend that submits the code itself. */
export interface Invitation {
  /** The SHA-256 of the connect link; a backend needs none. */
  readonly linkId?: string | undefined;
  readonly owner: string;
  /** Only a Google account with this verified address is admitted. */
  readonly email?: string | undefined;
}

export interface PendingConsent {
  /** The SHA-256 of `state`; the state itself is not stored. */
  readonly loginId: string;
  readonly binding: ConsentBinding;
  /**
   * Empty for a phone's code, which has no redirect; other codes come to our callback. The token endpoint gets the same
   * value.
   */
  readonly redirectUri?: string | undefined;
  /** A path of this site, or a URL under the allowed return origins. */
  readonly returnTo: string;
  /** For an application on another origin, which exchanges the handoff with the verifier of this challenge. */
  readonly handoffChallenge?: string | undefined;
  readonly invitation?: Invitation | undefined;
  /** The only account that may consent; the consent of another is dropped. */
  readonly expectedAccountId?: string | undefined;
  /** Whether Google was asked to prompt even if consent was given before. */
  readonly prompted: boolean;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The PKCE code verifier and the nonce, encrypted; undefined if Google's library on a phone made the request. */
  readonly sealed?: Ciphertext | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** The outcome of a callback: the account that it signed in, or the problem. */
export type ConsentOutcome =
  /**
   * The SHA-256 of the session token issued to the browser; none if an earlier session stayed in use. `codeHash`: the
   * SHA-256 of the authorization code, without which a repeated callback signs in no one.
   */
  | { readonly sessions: readonly string[]; readonly codeHash: string }
  /** The account whose session an application on another origin may take over. */
  | { readonly handsOver: string; readonly generation: string; readonly codeHash: string }
  | { readonly problem: ProblemCode; readonly detail?: string | undefined };

/** A consent whose callback has arrived, as a repeated callback finds it. Times are epoch milliseconds. */
export interface TakenConsent
  extends Pick<PendingConsent, 'loginId' | 'returnTo' | 'handoffChallenge' | 'invitation'> {
  readonly takenAt: number;
  /** Undefined while the first callback runs, and after one that was killed. */
  readonly outcome?: ConsentOutcome | undefined;
  readonly endedAt?: number | undefined;
  /** The SHA-256 of each session token that repeated callbacks issued. */
  readonly moreSessions: readonly string[];
}

export interface PendingConsentStore {
  put(pending: PendingConsent): Promise<void>;
  /**
   * Takes the pending consent if the binding matches and it has not expired. Of two concurrent calls exactly one gets
   * it.
   */
  take(loginId: string, binding: ConsentBinding, now: number): Promise<PendingConsent | undefined>;
  /** Stores the outcome of the callback that took the consent, until `expiresAt`. */
  end(
    pending: PendingConsent,
    outcome: ConsentOutcome,
    times: { endedAt: number; expiresAt: number },
  ): Promise<void>;
  /** The consent that a callback of this browser took, if it has not expired. */
  findTaken(loginId: string, browserHash: string, now: number): Promise<TakenConsent | undefined>;
  /**
   * Counts another sign-in by the outcome of a taken consent of this browser.
   *
   * @param session the SHA-256 of the issued session token; none for a handoff
   * @returns false if the consent ended before `since`, or was repeated as often as allowed.
   */
  repeat(
    loginId: string,
    browserHash: string,
    allowed: { since: number; most: number },
    session?: string,
  ): Promise<boolean>;
}

/** Secrets of a pending consent that only Google and this site may know. */
interface ConsentSecrets {
  readonly codeVerifier: string;
  readonly nonce: string;
}

/** Encrypts the secrets of a pending consent, bound to that consent. */
export function encryptSecrets(
  { codeVerifier, nonce }: ConsentSecrets,
  pending: Pick<PendingConsent, 'loginId' | 'clientId'>,
  cipher: Pick<TokenCipher, 'encrypt'>,
): Promise<Ciphertext> {
  return cipher.encrypt(`${codeVerifier}.${nonce}`, loginContext(pending));
}

/**
 * Decrypts what encryptSecrets encrypted.
 *
 * @returns undefined if the consent has no secrets of this site, as for a program's.
 * @throws Problem `invalid_state` if a browser's consent has lost them, because the nonce could not be checked.
 */
export async function decryptSecrets(
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
