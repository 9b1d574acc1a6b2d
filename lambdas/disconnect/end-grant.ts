import { Problem } from '../errors.ts';
import type { EndingGrant, Grant, GrantStore } from '../grants/grant.ts';
import type { TokenCipher } from '../grants/token-cipher.ts';
import { decryptRefreshToken } from '../grants/vault.ts';
import { describeError, type Logger } from '../log.ts';
import type { SessionStore } from '../sessions/session.ts';

/** Ends grants at Google. */
export interface TokenRevoker {
  /**
   * Returns when the grant no longer stands at Google.
   *
   * @throws Problem `google_unavailable`, `google_timeout` or `google_error`.
   */
  revoke(refreshToken: string): Promise<void>;
}

export interface EndGrantDependencies {
  readonly grants: Pick<GrantStore, 'erase'>;
  readonly sessions: Pick<SessionStore, 'deleteOfGeneration' | 'listByAccount'>;
  readonly cipher: Pick<TokenCipher, 'decrypt'>;
  readonly google: TokenRevoker;
  readonly log: Logger;
  /** Has the offline copy of an ended generation erased. */
  readonly eraseCopy: (grant: Pick<Grant, 'accountId' | 'generation' | 'owner'>) => Promise<void>;
}

/** How ending a grant went. */
export interface GrantEnding {
  readonly revokedAtGoogle: boolean;
  /** Whether it was erased here; not, when the account has consented again meanwhile. */
  readonly erased: boolean;
}

/**
 * Ends a grant that is marked as disconnecting: revokes it at Google, has its copy erased, then erases it here with
 * every session that was made with it. Each step may be done once more, so what was cut off can be ended again.
 *
 * @param how.mustBeRevoked keep the grant, and its sessions, when Google could not be told
 * @param how.knownSessions hashes of sessions that the index may not show yet
 * @throws Problem `storage_unavailable` or `misconfigured`
 */
export async function endGrant(
  grant: EndingGrant,
  how: { readonly mustBeRevoked: boolean; readonly knownSessions?: readonly string[] },
  dependencies: EndGrantDependencies,
): Promise<GrantEnding> {
  const { grants, sessions, eraseCopy } = dependencies;
  const revokedAtGoogle = await revokeAtGoogle(grant, dependencies);
  await eraseCopy(grant);
  if (how.mustBeRevoked && !revokedAtGoogle) return { revokedAtGoogle, erased: false };
  // The grant goes first: sessions that outlive it open nothing, a token that outlived them would stay for ever.
  const erased = await grants.erase(grant);
  const tokenHashes = new Set([
    ...(await sessions.listByAccount(grant.accountId)),
    ...(how.knownSessions ?? []),
  ]);
  // Whoever consented again meanwhile stays signed in.
  await Promise.all([...tokenHashes].map((hash) => sessions.deleteOfGeneration(hash, grant.generation)));
  return { revokedAtGoogle, erased };
}

/** Whatever keeps Google from being told, the caller decides what becomes of the grant here. */
async function revokeAtGoogle(
  grant: EndingGrant,
  { cipher, google, log }: EndGrantDependencies,
): Promise<boolean> {
  try {
    await google.revoke(await decryptRefreshToken(grant, cipher));
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    log.warn({
      event: 'not revoked at google',
      accountId: grant.accountId,
      code: error.code,
      ...describeError(error.cause),
    });
    return false;
  }
}
