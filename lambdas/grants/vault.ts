import { Problem } from '../errors.ts';
import { missingGmailScopes } from '../scopes.ts';
import { randomToken, type TokenSource } from '../secrets.ts';
import type { AccessToken, Grant, GrantStore } from './grant.ts';
import { type EncryptionContext, serviceName, type TokenCipher } from './token-cipher.ts';

/** What a completed consent brought. */
export interface Consent {
  readonly accountId: string;
  readonly email: string;
  /** Whether Google vouches for the address. */
  readonly emailVerified: boolean;
  readonly clientId: string;
  /** What was granted, by long names. */
  readonly scopes: readonly string[];
  /** What the configuration asks for. */
  readonly askedScopes: readonly string[];
  /** Google sends none when the account has consented before and was not asked again. */
  readonly refreshToken: string | undefined;
  /** What names the key to which refresh tokens are now bound, this one among them; undefined: to none. */
  readonly boundTo?: string | undefined;
  readonly accessToken: AccessToken;
  /** When the refresh token ends, if Google limits it in time (epoch milliseconds). */
  readonly grantExpiresAt?: number | undefined;
}

/** Who lets a consent in. */
export interface Admission {
  /**
   * Whose the mailbox will be, given the grant that stands there. Asked anew whenever somebody else changed that.
   *
   * @returns The owner, or undefined where it is nobody's.
   * @throws Problem when the consent is not welcome; nothing was written then.
   */
  admit(stored: Grant | undefined): string | undefined;
  /**
   * Called once, when all is ready to be written and nothing is.
   *
   * @throws Problem when the consent has lost what admitted it; nothing is written then.
   */
  claim?(): Promise<void>;
}

export interface VaultDependencies {
  readonly grants: GrantStore;
  readonly cipher: TokenCipher;
  readonly clock?: () => number;
  readonly newId?: TokenSource;
}

/** How often a write starts anew when somebody else changed the row meanwhile. */
const attempts = 3;

/**
 * Keeps what a consent brought, for the owner it is admitted for. A refresh token is encrypted and stored; where none
 * came, the stored grant goes on if it still serves. A consent narrower than an active grant never replaces it. A
 * connected account keeps its address, which `renewAddress` alone changes.
 *
 * @returns The grant that now stands, or undefined when no refresh token came and none that serves is stored.
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
      // Where the grant ended or was replaced meanwhile, it is not the one that stands.
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

/** The refresh token in clear. It goes to Google and nowhere else. */
export function decryptRefreshToken(
  grant: Pick<Grant, 'accountId' | 'clientId' | 'refreshToken'>,
  cipher: Pick<TokenCipher, 'decrypt'>,
): Promise<string> {
  return cipher.decrypt(grant.refreshToken, tokenContext(grant, 'refresh'));
}

/** What a grant's token is bound to. */
export function tokenContext(
  { accountId, clientId }: Pick<Grant, 'accountId' | 'clientId'>,
  tokenKind: 'refresh' | 'access',
): EncryptionContext {
  return { service: serviceName, accountId, clientId, tokenKind };
}

/**
 * Whether an account's grant stands there, be it revoked. One that is disconnecting is as good as gone: whoever
 * connects the account anew begins anew.
 */
export function isConnected(stored: Grant | undefined): stored is Grant {
  return stored !== undefined && stored.status !== 'disconnecting';
}

/** Whether the stored grant goes on in spite of the consent: it serves, and the consent brought nothing better. */
function outlasts(stored: Grant, consent: Consent): boolean {
  const serves =
    stored.status === 'active' &&
    stored.clientId === consent.clientId &&
    // One that is bound to another key can no longer be renewed.
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
