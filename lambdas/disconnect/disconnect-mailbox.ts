import { Problem } from '../errors.ts';
import type { Grant, GrantStore } from '../grants/grant.ts';
import type { TokenCipher } from '../grants/token-cipher.ts';
import { decryptRefreshToken } from '../grants/vault.ts';
import type { CookieJar } from '../http/cookies.ts';
import type { Route } from '../http/handler.ts';
import { json } from '../http/response.ts';
import { describeError, type Logger } from '../log.ts';
import { guardAgainstForgery } from '../sessions/read-session.ts';
import { requireLiveSession } from '../sessions/require-session.ts';
import type { Session, SessionStore } from '../sessions/session.ts';

/** Ends grants at Google. */
export interface TokenRevoker {
  /**
   * Returns when the grant no longer stands at Google.
   *
   * @throws Problem `google_unavailable`, `google_timeout` or `google_error`.
   */
  revoke(refreshToken: string): Promise<void>;
}

export interface DisconnectDependencies {
  readonly grants: Pick<GrantStore, 'find' | 'putStatus' | 'erase'>;
  readonly sessions: Pick<SessionStore, 'find' | 'deleteOfGeneration' | 'listByAccount'>;
  readonly cipher: Pick<TokenCipher, 'decrypt'>;
  readonly google: TokenRevoker;
  readonly cookies: CookieJar;
  readonly origin: string;
  readonly log: Logger;
  /** Has the offline copy of an ended generation erased. */
  readonly eraseCopy: (grant: Pick<Grant, 'accountId' | 'generation'>) => Promise<void>;
  readonly clock?: () => number;
}

/** Where a person removes an application's access at Google. */
const connectionsPage = 'https://myaccount.google.com/connections';

/**
 * Disconnects the caller's mailbox: revokes the grant at Google, erases it here with every session that was made with it,
 * and says honestly when Google could not be told.
 */
export function disconnectRoute(dependencies: DisconnectDependencies): Route {
  const { cookies, origin, sessions, grants } = dependencies;
  return async (request) => {
    guardAgainstForgery(request, cookies, origin);
    const session = await requireLiveSession(request, dependencies);
    const grant = await markDisconnecting(session, grants);
    const revokedAtGoogle = await revokeAtGoogle(grant, dependencies);
    // The grant goes first: sessions that outlive it open nothing, a token that outlived them would stay for ever.
    await dependencies.eraseCopy(grant);
    const erased = await grants.erase(grant);
    const tokenHashes = new Set([...(await sessions.listByAccount(session.accountId)), session.tokenHash]);
    // Whoever consented again meanwhile stays signed in.
    await Promise.all([...tokenHashes].map((hash) => sessions.deleteOfGeneration(hash, session.generation)));
    const body = { status: 'disconnected', revokedAtGoogle, ...remarks(revokedAtGoogle, erased) };
    return { ...json(202, body), cookies: [cookies.clear('session'), cookies.clear('login')] };
  };
}

/** What a person must know of a disconnect that did not go as usual. */
function remarks(revokedAtGoogle: boolean, erased: boolean): { detail?: string; removeAccessAt?: string } {
  if (!erased) {
    return {
      detail:
        'The account consented again at the same moment: that new grant stands. Disconnect once more to end it too.',
    };
  }
  if (revokedAtGoogle) return {};
  return {
    detail:
      'Everything stored here was erased, but Google could not be told: the grant may still stand there. Remove it yourself.',
    removeAccessAt: connectionsPage,
  };
}

/** @throws Problem `login_required` when the session's grant is gone. */
async function markDisconnecting(session: Session, grants: DisconnectDependencies['grants']): Promise<Grant> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const grant = await grants.find(session.accountId);
    if (grant === undefined || grant.generation !== session.generation) throw new Problem('login_required');
    if (await grants.putStatus(grant, 'disconnecting')) return grant;
  }
  throw new Problem('storage_unavailable', {
    detail: 'Somebody else changed this grant at the same moment. Try again.',
  });
}

/** Whatever keeps Google from being told, the erasure goes on. */
async function revokeAtGoogle(
  grant: Grant,
  { cipher, google, log }: Pick<DisconnectDependencies, 'cipher' | 'google' | 'log'>,
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
