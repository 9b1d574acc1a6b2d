import type { Disconnected } from '../api/answers.ts';
import { googleConnections, Problem } from '../errors.ts';
import type { Grant, GrantStore } from '../grants/grant.ts';
import { isBackendRoute } from '../http/backend-route.ts';
import type { CookieJar } from '../http/cookies.ts';
import type { Route } from '../http/handler.ts';
import { noParameters, parseQuery } from '../http/query.ts';
import type { HttpRequest } from '../http/request.ts';
import { answer } from '../http/response.ts';
import { accountNotFound, requireAccount } from '../sessions/caller.ts';
import { guardAgainstCsrf } from '../sessions/read-session.ts';
import { requireLiveSession } from '../sessions/require-session.ts';
import type { SessionStore } from '../sessions/session.ts';
import { type EndGrantDependencies, endGrant, type GrantEnding } from './end-grant.ts';

interface DisconnectDependencies extends EndGrantDependencies {
  readonly grants: Pick<GrantStore, 'find' | 'putStatus' | 'erase'>;
  readonly sessions: Pick<SessionStore, 'find' | 'deleteOfGeneration' | 'listByAccount'>;
  readonly cookies: CookieJar;
  readonly origin: string;
  readonly clock?: () => number;
}

/**
 * Disconnects the caller's mailbox, or the one that a backend names. It revokes the grant at Google and erases the
 * grant and its sessions here. The response says if the revocation failed.
 */
export function disconnectRoute(dependencies: DisconnectDependencies): Route {
  const { cookies, origin } = dependencies;
  return async (request) => {
    guardAgainstCsrf(request, cookies, origin);
    const mailbox = await findMailbox(request, dependencies);
    const grant = await markDisconnecting(mailbox, dependencies);
    const how = { mustBeRevoked: false, knownSessions: mailbox.knownSessions };
    const ending = await endGrant(grant, how, dependencies);
    const { revokedAtGoogle } = ending;
    return {
      ...answer<'DELETE /mailbox'>(202, { status: 'disconnected', revokedAtGoogle, ...remarks(ending) }),
      cookies: mailbox.cookies,
    };
  };
}

interface MailboxToDisconnect extends Pick<Grant, 'accountId' | 'generation'> {
  /** Hashes of sessions that the index may not contain yet. */
  readonly knownSessions: readonly string[];
  readonly cookies: string[];
  /** The problem to return if the grant is already gone. */
  readonly gone: () => Problem;
}

async function findMailbox(
  request: HttpRequest,
  dependencies: DisconnectDependencies,
): Promise<MailboxToDisconnect> {
  const { cookies, grants } = dependencies;
  if (isBackendRoute(request.routeKey)) {
    parseQuery(request, noParameters);
    const { accountId, generation } = await requireAccount(request, { findAccount: grants.find });
    return { accountId, generation, knownSessions: [], cookies: [], gone: accountNotFound };
  }
  const { accountId, generation, tokenHash } = await requireLiveSession(request, dependencies);
  return {
    ...{ accountId, generation, knownSessions: [tokenHash] },
    // Keep the login cookie: the user may be disconnecting to use a connect link of another owner, bound to it.
    cookies: [cookies.clear('session')],
    gone: () => new Problem('login_required'),
  };
}

function remarks({ revokedAtGoogle, erased }: GrantEnding): Pick<Disconnected, 'detail' | 'removeAccessAt'> {
  if (!erased) {
    return {
      detail:
        'The account granted access again at the same moment, and the new grant is stored. Google may have ended it together with the old one; this site then asks for consent. Disconnect again to end it too.',
    };
  }
  if (revokedAtGoogle) return {};
  return {
    detail: 'Everything stored here was erased. We couldn’t revoke access at Google. Please remove it there.',
    removeAccessAt: googleConnections,
  };
}

/**
 * Marks a grant as disconnecting, the first step of its end. From then on it cannot be used.
 *
 * @throws what `gone` returns if the grant is gone; Problem `storage_unavailable`
 */
export async function markDisconnecting(
  { accountId, generation, gone }: Pick<Grant, 'accountId' | 'generation'> & { readonly gone: () => Error },
  { grants, clock = Date.now }: { grants: Pick<GrantStore, 'find' | 'putStatus'>; clock?: () => number },
): Promise<Grant> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const grant = await grants.find(accountId);
    if (grant === undefined || grant.generation !== generation) throw gone();
    if (await grants.putStatus(grant, 'disconnecting', clock())) return grant;
  }
  throw new Problem('storage_unavailable', {
    detail: 'Another request changed this grant at the same moment. Try again.',
  });
}
