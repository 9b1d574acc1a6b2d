import { hashOf, randomToken, type TokenSource } from '../secrets.ts';
import { type Session, type SessionStore, wholeLifetime } from './session.ts';

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
  }: { sessions: Pick<SessionStore, 'put'>; clock?: () => number; token?: TokenSource },
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
    endsAt: now + wholeLifetime,
  });
  return token;
}
