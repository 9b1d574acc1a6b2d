import { Problem } from '../errors.ts';
import { missingGmailScopes } from '../scopes.ts';
import { randomToken, type TokenSource } from '../secrets.ts';
import type { AccessToken, Grant, GrantStore } from './grant.ts';
import { type EncryptionContext, serviceName, type TokenCipher } from './token-cipher.ts';

/** What a completed consent brought. */
export interface Consent {
  readonly accountId: string;
  readonly email: string;
  readonly clientId: string;
  /** What was granted, by long names. */
  readonly scopes: readonly string[];
  /** What the configuration asks for. */
  readonly askedScopes: readonly string[];
  /** Google sends none when the account has consented before and was not asked again. */
  readonly refreshToken: string | undefined;
  readonly accessToken: AccessToken;
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
 * Keeps what a consent brought. A refresh token is encrypted and stored; where none came, the stored grant goes on
 * if it still serves. A consent narrower than an active grant never replaces it.
 *
 * @returns The grant that now stands, or undefined when no refresh token came and none that serves is stored.
 * @throws Problem `vault_unavailable`, `storage_unavailable`.
 */
export async function storeConsent(
  consent: Consent,
  { grants, cipher, clock = Date.now, newId = randomToken }: VaultDependencies,
): Promise<Pick<Grant, 'accountId' | 'generation'> | undefined> {
  const { refreshToken } = consent;
  const [accessCiphertext, refreshCiphertext] = await Promise.all([
    cipher.encrypt(consent.accessToken.token, tokenContext(consent, 'access')),
    refreshToken && cipher.encrypt(refreshToken, tokenContext(consent, 'refresh')),
  ]);
  const accessToken = { ciphertext: accessCiphertext, expiresAt: consent.accessToken.expiresAt };
  for (let attempt = 0; attempt < attempts; attempt++) {
    const stored = await grants.find(consent.accountId);
    if (stored !== undefined && serves(stored, consent)) {
      if (!refreshCiphertext) {
        await grants.putAccessToken(stored, accessToken);
        return stored;
      }
      if (isWider(stored, consent)) return stored;
    }
    if (!refreshCiphertext) return undefined;
    const grant: Grant = {
      accountId: consent.accountId,
      generation: stored === undefined || stored.status === 'disconnecting' ? newId() : stored.generation,
      consentId: newId(),
      status: 'active',
      email: consent.email,
      clientId: consent.clientId,
      scopes: consent.scopes,
      connectedAt: clock(),
      refreshToken: refreshCiphertext,
      accessToken,
    };
    if (await grants.replace(grant, stored)) return grant;
  }
  throw new Problem('storage_unavailable', {
    detail: 'Somebody else changed this grant at the same moment. Try again.',
  });
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

function serves(stored: Grant, consent: Consent): boolean {
  return (
    stored.status === 'active' &&
    stored.clientId === consent.clientId &&
    missingGmailScopes(consent.askedScopes, stored.scopes).length === 0
  );
}

function isWider(stored: Grant, consent: Consent): boolean {
  return (
    missingGmailScopes(stored.scopes, consent.scopes).length > 0 &&
    missingGmailScopes(consent.scopes, stored.scopes).length === 0
  );
}
