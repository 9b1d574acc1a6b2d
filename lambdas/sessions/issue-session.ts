import { answer, type HttpResponse } from '../http/response.ts';
import { defaultLifetimes } from './session.ts';
import { type SessionStart, startSession } from './start-session.ts';

/** The account of a grant, and the generation that a session of it belongs to. */
export interface AccountOfSession {
  readonly accountId: string;
  readonly generation: string;
  readonly email: string;
}

/**
 * Starts a session for a program, which will show its token as `Authorization: Bearer`.
 *
 * @returns The answer that hands the token out; `expiresAt` says when the session is over, however much it is used.
 */
export async function issueSession(
  account: AccountOfSession,
  { clock = Date.now, life = defaultLifetimes, ...dependencies }: SessionStart,
): Promise<HttpResponse> {
  const now = clock();
  const sessionToken = await startSession(account, { ...dependencies, life, clock: () => now });
  return answer<'POST /auth/session'>(200, {
    sessionToken,
    expiresAt: new Date(now + life.wholeLifetime).toISOString(),
    account: accountOf(account),
  });
}

/** What a program is told of an account. */
export function accountOf({ accountId, email }: Pick<AccountOfSession, 'accountId' | 'email'>) {
  return { id: accountId, email };
}
