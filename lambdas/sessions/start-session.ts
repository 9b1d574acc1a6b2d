import { hashOf, randomToken, type TokenSource } from '../secrets.ts';
import { defaultLifetimes, type Session, type SessionLifetimes, type SessionStore } from './session.ts';

export interface SessionStart {
  readonly sessions: Pick<SessionStore, 'put'>;
  readonly clock?: () => number;
  readonly newToken?: TokenSource;
  readonly lifetimes?: SessionLifetimes;
}

/**
 * Starts a session under a new token, which prevents session fixation.
 *
 * @returns the session token, which goes to the browser and is not stored.
 */
export async function startSession(
  { accountId, generation }: Pick<Session, 'accountId' | 'generation'>,
  { sessions, clock = Date.now, newToken = randomToken, lifetimes = defaultLifetimes }: SessionStart,
): Promise<string> {
  const token = newToken();
  const now = clock();
  const { idleLifetime, wholeLifetime } = lifetimes;
  await sessions.put({
    tokenHash: hashOf(token),
    accountId,
    generation,
    createdAt: now,
    renewedAt: now,
    idleLifetime,
    endsAt: now + wholeLifetime,
  });
  return token;
}
