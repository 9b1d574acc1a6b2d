import { answer, type HttpResponse } from '../http/response.ts';
import { defaultLifetimes } from './session.ts';
import { type SessionStart, startSession } from './start-session.ts';

/** The account of a grant, and the generation of its sessions. */
interface AccountOfSession {
  readonly accountId: string;
  readonly generation: string;
  readonly email: string;
}

/**
 * Starts a session for a program, which sends its token as `Authorization: Bearer`.
 *
 * @returns the response with the token; `expiresAt` is the end of the session, however much it is used.
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

/** The account, as shown to a program. */
export function accountOf({ accountId, email }: Pick<AccountOfSession, 'accountId' | 'email'>) {
  return { id: accountId, email };
}
