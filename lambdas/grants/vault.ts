import { Problem } from '../errors.ts';
import { missingGmailScopes } from '../scopes.ts';
import { randomToken, type TokenSource } from '../secrets.ts';
import type { AccessToken, Grant, GrantStore } from './grant.ts';
import { type EncryptionContext, serviceName, type TokenCipher } from './token-cipher.ts';

export interface Consent {
  readonly accountId: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly clientId: string;
  /** The granted scopes, by their long names. */
  readonly scopes: readonly string[];
  /** What the configuration asks for. */
  readonly askedScopes: readonly string[];
  /** Google sends none if the account has consented before and was not prompted again. */
  readonly refreshToken: string | undefined;
  /**
   * The thumbprint of the key that refresh tokens are now bound to, including this one; undefined if they are not
   * bound.
   */
  readonly boundTo?: string | undefined;
  readonly accessToken: AccessToken;
  /** When the refresh token ends, if Google limits it (epoch milliseconds). */
  readonly grantExpiresAt?: number | undefined;
}

/** Decides whether a consent may be stored. */
export interface Admission {
  /**
   * The future owner of the mailbox, given the stored grant. Called again whenever another request changed that grant.
   *
   * @returns the owner; undefined if the mailbox has none.
   * @throws Problem if the consent is not admitted; nothing is written then.
   */
  admit(stored: Grant | undefined): string | undefined;
  /**
   * Called once, immediately before the grant is written.
   *
   * @throws Problem if the consent has lost its admission; nothing is written then.
   */
  claim?(): Promise<void>;
}

export interface VaultDependencies {
  readonly grants: GrantStore;
  readonly cipher: TokenCipher;
  readonly clock?: () => number;
  readonly newId?: TokenSource;
}

/** How often a write is retried if another request changed the row. */
const attempts = 3;

/**
 * Stores the result of a consent for its owner. A refresh token is encrypted and stored. Without one, the stored grant
 * stays if it is still usable. A consent with fewer scopes never replaces an active grant. A connected account keeps
 * its address, which only `renewAddress` changes.
 *
 * @returns the grant that is now stored; undefined if no refresh token came and no usable one is stored.
 * @throws Problem `vault_unavailable`, `storage_unavailable`, and what the admission throws.
 */
export async function storeConsent(
  consent: Consent,
  { admit, claim }: Admission,
  { grants, cipher, clock = Date.now, newId = randomToken }: VaultDependencies,
): Promise<Grant | undefined> {
  const { refreshToken } = consent;
  const [accessCiphertext, refreshCiphertext] = await Promise.all([
    cipher.encrypt(consent.accessToken.token, tokenContext(consent, 'access')),
    refreshToken && cipher.encrypt(refreshToken, tokenContext(consent, 'refresh')),
  ]);
  const accessToken = { ciphertext: accessCiphertext, expiresAt: consent.accessToken.expiresAt };
  for (let attempt = 0; attempt < attempts; attempt++) {
    const stored = await grants.find(consent.accountId);
    const owner = admit(stored);
    const kept = stored !== undefined && outlasts(stored, consent) ? stored : undefined;
    const grant = kept
      ? { ...kept, owner, consentId: newId(), ...(!refreshCiphertext && { accessToken }) }
      : refreshCiphertext && {
          accountId: consent.accountId,
          generation: isConnected(stored) ? stored.generation : newId(),
          consentId: newId(),
          status: 'active' as const,
          ...addressOf(isConnected(stored) ? stored : consent),
          owner,
          clientId: consent.clientId,
          scopes: consent.scopes,
          connectedAt: clock(),
          refreshToken: refreshCiphertext,
          boundTo: consent.boundTo,
          grantExpiresAt: consent.grantExpiresAt,
          accessToken,
        };
    if (!grant) return undefined;
    if (attempt === 0) await claim?.();
    if (kept !== undefined && kept.owner === owner) {
      // If the grant ended or was replaced meanwhile, it is not the stored one.
      if (refreshCiphertext || (await grants.putAccessToken(kept, accessToken))) return kept;
      continue;
    }
    if (await grants.replace(grant, stored)) return grant;
  }
  throw new Problem('storage_unavailable', {
    detail: 'Another request changed this grant at the same moment. Try again.',
  });
}

function addressOf(
  given: Pick<Consent, 'email' | 'emailVerified'> | Pick<Grant, 'email' | 'emailUnverified'>,
): Pick<Grant, 'email' | 'emailUnverified'> {
  const isVerified = 'emailVerified' in given ? given.emailVerified : !given.emailUnverified;
  return { email: given.email, ...(!isVerified && { emailUnverified: true }) };
}

/** The refresh token in clear. It is sent only to Google. */
export function decryptRefreshToken(
  grant: Pick<Grant, 'accountId' | 'clientId' | 'refreshToken'>,
  cipher: Pick<TokenCipher, 'decrypt'>,
): Promise<string> {
  return cipher.decrypt(grant.refreshToken, tokenContext(grant, 'refresh'));
}

export function tokenContext(
  { accountId, clientId }: Pick<Grant, 'accountId' | 'clientId'>,
  tokenKind: 'refresh' | 'access',
): EncryptionContext {
  return { service: serviceName, accountId, clientId, tokenKind };
}

/**
 * Whether the account has a stored grant, even a revoked one. A disconnecting grant does not count: the next consent
 * starts a new generation.
 */
export function isConnected(stored: Grant | undefined): stored is Grant {
  return stored !== undefined && stored.status !== 'disconnecting';
}

/** Whether the stored grant stays in spite of the consent: it is usable, and the consent brought nothing better. */
function outlasts(stored: Grant, consent: Consent): boolean {
  const serves =
    stored.status === 'active' &&
    stored.clientId === consent.clientId &&
    // A token bound to another key can no longer be refreshed.
    (stored.boundTo === undefined || stored.boundTo === consent.boundTo) &&
    missingGmailScopes(consent.askedScopes, stored.scopes).length === 0;
  return serves && (!consent.refreshToken || isWider(stored, consent));
}

function isWider(stored: Grant, consent: Consent): boolean {
  return (
    missingGmailScopes(stored.scopes, consent.scopes).length > 0 &&
    missingGmailScopes(consent.scopes, stored.scopes).length === 0
  );
}
