import { isBackendRoute } from '../http/backend-route.ts';
import { type CookieJar, isToken } from '../http/cookies.ts';
import type { HttpRequest } from '../http/request.ts';
import { requireSameOrigin } from '../http/same-origin.ts';
import { hashOf } from '../secrets.ts';
import { type Session, type SessionStore, stateOf } from './session.ts';

interface Proof {
  readonly token: string | undefined;
  readonly by: 'bearer' | 'cookie';
}

export interface SessionReading {
  readonly sessions: Pick<SessionStore, 'find'>;
  readonly cookies: CookieJar;
  readonly clock?: () => number;
}

/** The session of a request: live, or known but expired by disuse. */
interface PresentedSession {
  readonly session: Session;
  readonly state: 'live' | 'idle';
}

/**
 * Finds the session of a request: `Authorization: Bearer` takes precedence over the cookie.
 *
 * @returns undefined if there is none, or it has ended.
 */
export async function readSession(
  request: HttpRequest,
  { sessions, cookies, clock = Date.now }: SessionReading,
): Promise<PresentedSession | undefined> {
  const { token } = proofOf(request, cookies);
  if (token === undefined) return undefined;
  const session = await sessions.find(hashOf(token));
  if (session === undefined) return undefined;
  const state = stateOf(session, clock());
  return state === 'over' ? undefined : { session, state };
}

/** The hash under which the request's session is stored, whether or not it exists. */
export function presentedTokenHash(request: HttpRequest, cookies: CookieJar): string | undefined {
  const { token } = proofOf(request, cookies);
  return token === undefined ? undefined : hashOf(token);
}

/**
 * CSRF protection: a request that changes something and authenticates by cookie must come from a page of this site. A
 * request with a Bearer token need not, because no browser adds one by itself. On a backend route a cookie proves
 * nothing.
 *
 * @throws Problem `cross_site`.
 */
export function guardAgainstCsrf(request: HttpRequest, cookies: CookieJar, origin: string): void {
  if (isBackendRoute(request.routeKey)) return;
  if (proofOf(request, cookies).by === 'cookie') requireSameOrigin(request, origin);
}

function proofOf(request: HttpRequest, cookies: CookieJar): Proof {
  // Browsers add other schemes by themselves, such as Basic; only Bearer proves that a program added it.
  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers['authorization'] ?? '') ?? [];
  if (token === undefined) return { by: 'cookie', token: cookies.read(request, 'session') };
  return { by: 'bearer', token: isToken(token) ? token : undefined };
}
