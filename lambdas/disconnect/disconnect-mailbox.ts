import { Problem } from '../errors.ts';
import type { Grant, GrantStore } from '../grants/grant.ts';
import type { CookieJar } from '../http/cookies.ts';
import type { Route } from '../http/handler.ts';
import { json } from '../http/response.ts';
import { guardAgainstForgery } from '../sessions/read-session.ts';
import { requireLiveSession } from '../sessions/require-session.ts';
import type { Session, SessionStore } from '../sessions/session.ts';
import { type EndGrantDependencies, endGrant, type GrantEnding } from './end-grant.ts';

export interface DisconnectDependencies extends EndGrantDependencies {
  readonly grants: Pick<GrantStore, 'find' | 'putStatus' | 'erase'>;
  readonly sessions: Pick<SessionStore, 'find' | 'deleteOfGeneration' | 'listByAccount'>;
  readonly cookies: CookieJar;
  readonly origin: string;
  readonly clock?: () => number;
}

/** Where a person removes an application's access at Google. */
const connectionsPage = 'https://myaccount.google.com/connections';

/**
 * Disconnects the caller's mailbox: revokes the grant at Google, erases it here with every session that was made with it,
 * and says honestly when Google could not be told.
 */
export function disconnectRoute(dependencies: DisconnectDependencies): Route {
  const { cookies, origin } = dependencies;
  return async (request) => {
    guardAgainstForgery(request, cookies, origin);
    const session = await requireLiveSession(request, dependencies);
    const grant = await markDisconnecting(session, dependencies);
    const how = { mustBeRevoked: false, knownSessions: [session.tokenHash] };
    const ending = await endGrant(grant, how, dependencies);
    const { revokedAtGoogle } = ending;
    const body = { status: 'disconnected', revokedAtGoogle, ...remarks(ending) };
    return { ...json(202, body), cookies: [cookies.clear('session'), cookies.clear('login')] };
  };
}

/** What a person must know of a disconnect that did not go as usual. */
function remarks({ revokedAtGoogle, erased }: GrantEnding): { detail?: string; removeAccessAt?: string } {
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
async function markDisconnecting(
  session: Session,
  { grants, clock = Date.now }: DisconnectDependencies,
): Promise<Grant> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const grant = await grants.find(session.accountId);
    if (grant === undefined || grant.generation !== session.generation) throw new Problem('login_required');
    if (await grants.putStatus(grant, 'disconnecting', clock())) return grant;
  }
  throw new Problem('storage_unavailable', {
    detail: 'Somebody else changed this grant at the same moment. Try again.',
  });
}
