import type { CookieJar } from '../http/cookies.ts';
import type { Route } from '../http/handler.ts';
import { noContent } from '../http/response.ts';
import { guardAgainstCsrf, presentedTokenHash } from './read-session.ts';
import type { SessionStore } from './session.ts';

/** Ends the session and clears its cookies. Idempotent. */
export function logoutRoute({
  sessions,
  cookies,
  origin,
}: {
  sessions: Pick<SessionStore, 'delete'>;
  cookies: CookieJar;
  origin: string;
}): Route {
  return async (request) => {
    guardAgainstCsrf(request, cookies, origin);
    const tokenHash = presentedTokenHash(request, cookies);
    if (tokenHash !== undefined) await sessions.delete(tokenHash);
    return noContent([cookies.clear('session'), cookies.clear('login'), cookies.clear('applications')]);
  };
}
