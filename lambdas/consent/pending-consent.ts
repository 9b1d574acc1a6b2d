import type { Ciphertext } from '../grants/grant.ts';
import { type EncryptionContext, serviceName, type TokenCipher } from '../grants/token-cipher.ts';

/** How long a person has to consent (milliseconds). */
export const pendingLifetime = 600_000;

/** A consent that was started and is not yet completed. */
export interface PendingConsent {
  /** The SHA-256 of `state`; the state itself is stored nowhere. */
  readonly loginId: string;
  /** The SHA-256 of the login cookie of the browser that started it. */
  readonly browserHash: string;
  /** A path of this site. */
  readonly returnTo: string;
  /** Whose consent is expected; a consent of anybody else is dropped. */
  readonly expectedAccountId?: string | undefined;
  /** Whether Google was told to ask for consent even if it was given before. */
  readonly prompted: boolean;
  readonly clientId: string;
  /** What was asked. */
  readonly scopes: readonly string[];
  /** The PKCE code verifier and the nonce, encrypted. */
  readonly sealed: Ciphertext;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Where pending consents are kept. */
export interface PendingConsentStore {
  put(pending: PendingConsent): Promise<void>;
  /**
   * Takes the pending consent out, if it belongs to this browser and has not expired: of two calls at the same
   * moment exactly one gets it.
   */
  take(loginId: string, browserHash: string, now: number): Promise<PendingConsent | undefined>;
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

/** Decrypts what sealSecrets encrypted. */
export async function openSecrets(
  pending: Pick<PendingConsent, 'loginId' | 'clientId' | 'sealed'>,
  cipher: Pick<TokenCipher, 'decrypt'>,
): Promise<ConsentSecrets> {
  const [codeVerifier = '', nonce = ''] = (await cipher.decrypt(pending.sealed, loginContext(pending))).split(
    '.',
  );
  return { codeVerifier, nonce };
}

function loginContext({
  loginId,
  clientId,
}: Pick<PendingConsent, 'loginId' | 'clientId'>): EncryptionContext {
  return { service: serviceName, loginId, clientId, tokenKind: 'login' };
}
