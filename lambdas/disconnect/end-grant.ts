import { Problem } from '../errors.ts';
import type { EndingGrant, Grant, GrantStore } from '../grants/grant.ts';
import type { TokenCipher } from '../grants/token-cipher.ts';
import { decryptRefreshToken } from '../grants/vault.ts';
import { describeError, type Logger } from '../log.ts';
import type { SessionStore } from '../sessions/session.ts';

export interface TokenRevoker {
  /**
   * Resolves when the grant no longer exists at Google.
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
  /** Queues the erasure of an ended generation's copy. */
  readonly eraseCopy: (grant: Pick<Grant, 'accountId' | 'generation' | 'owner'>) => Promise<void>;
}

export interface GrantEnding {
  readonly revokedAtGoogle: boolean;
  /** Whether it was erased here; false if the account has consented again meanwhile. */
  readonly erased: boolean;
}

/**
 * Ends a disconnecting grant: revokes it at Google, queues the erasure of its copy, then erases the grant and its
 * sessions. Each step can be repeated, so an interrupted run can be finished.
 *
 * @param how.mustBeRevoked keep the grant and its sessions if the revocation fails
 * @param how.knownSessions hashes of sessions that the index may not contain yet
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
  // The grant goes first: a session without a grant opens nothing, but a token without a session would stay for ever.
  const erased = await grants.erase(grant);
  const tokenHashes = new Set([
    ...(await sessions.listByAccount(grant.accountId)),
    ...(how.knownSessions ?? []),
  ]);
  // Sessions of a newer consent stay.
  await Promise.all([...tokenHashes].map((hash) => sessions.deleteOfGeneration(hash, grant.generation)));
  return { revokedAtGoogle, erased };
}

/** Returns false on any failure of the revocation; the caller decides whether to keep the grant. */
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
