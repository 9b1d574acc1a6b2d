import { Problem } from '../errors.ts';
import type { HttpRequest } from '../http/request.ts';
import { readSession, type SessionReading } from './read-session.ts';
import { isRenewalDue, type Session, type SessionStore } from './session.ts';

export interface SessionUse extends SessionReading {
  readonly sessions: Pick<SessionStore, 'find' | 'renew'>;
}

/**
 * The caller's session. Each use prolongs it.
 *
 * @throws Problem `login_required`.
 */
export async function requireSession(request: HttpRequest, use: SessionUse): Promise<Session> {
  const { clock = Date.now, sessions } = use;
  const session = await requireLiveSession(request, use);
  if (isRenewalDue(session, clock())) await sessions.renew(session, clock());
  return session;
}

/**
 * As requireSession, for a call that ends the session anyway: its use is not recorded.
 *
 * @throws Problem `login_required`.
 */
export async function requireLiveSession(request: HttpRequest, reading: SessionReading): Promise<Session> {
  const presented = await readSession(request, reading);
  if (presented?.state !== 'live') throw new Problem('login_required');
  return presented.session;
}
