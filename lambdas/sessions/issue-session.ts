import type { Grant } from '../grants/grant.ts';
import { answer, type HttpResponse } from '../http/response.ts';
import { defaultLifetimes } from './session.ts';
import { type SessionStart, startSession } from './start-session.ts';

/**
 * Starts a session for a program, which sends its token as `Authorization: Bearer`.
 *
 * @returns the response with the token; `expiresAt` is the end of the session, however much it is used.
 */
export async function issueSession(
  account: Pick<Grant, 'accountId' | 'generation' | 'email'>,
  { clock = Date.now, lifetimes = defaultLifetimes, ...dependencies }: SessionStart,
): Promise<HttpResponse> {
  const now = clock();
  const sessionToken = await startSession(account, { ...dependencies, lifetimes, clock: () => now });
  return answer<'POST /auth/session'>(200, {
    sessionToken,
    expiresAt: new Date(now + lifetimes.wholeLifetime).toISOString(),
    account: accountOf(account),
  });
}

export function accountOf({ accountId, email }: Pick<Grant, 'accountId' | 'email'>) {
  return { id: accountId, email };
}
