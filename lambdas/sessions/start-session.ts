import { hashOf, randomToken, type TokenSource } from '../secrets.ts';
import { type Session, type SessionLife, type SessionStore, usualLife } from './session.ts';

export interface SessionStart {
  readonly sessions: Pick<SessionStore, 'put'>;
  readonly clock?: () => number;
  readonly token?: TokenSource;
  readonly life?: SessionLife;
}

/**
 * Starts a session under a token that never existed before, so that nobody can have planted it.
 *
 * @returns The session token, to be given to the browser and kept nowhere.
 */
export async function startSession(
  owner: Pick<Session, 'accountId' | 'generation'>,
  {
    sessions,
    clock = Date.now,
    token: makeToken = randomToken,
    life: { idleLifetime, wholeLifetime } = usualLife,
  }: SessionStart,
): Promise<string> {
  const token = makeToken();
  const now = clock();
  const { accountId, generation } = owner;
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
