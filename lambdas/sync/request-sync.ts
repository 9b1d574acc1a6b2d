import { Problem } from '../errors.ts';
import type { CookieJar } from '../http/cookies.ts';
import type { Route } from '../http/handler.ts';
import { json } from '../http/response.ts';
import { guardAgainstForgery } from '../sessions/read-session.ts';
import { requireSession, type SessionUse } from '../sessions/require-session.ts';
import type { MailboxStore } from './mailbox-state.ts';

export interface RequestSyncDependencies extends SessionUse {
  readonly mailboxes: Pick<MailboxStore, 'find' | 'request'>;
  readonly cookies: CookieJar;
  readonly origin: string;
  /** Whether this stage copies mail at all. */
  readonly copying: boolean;
}

/**
 * Asks for a sync, or a comparison of copy and mailbox, now: 202. It is done with the next tick, or as soon as the
 * job that runs has ended, but never before the moment until which Google asked to be left alone.
 */
export function requestSyncRoute(dependencies: RequestSyncDependencies): Route {
  const { mailboxes, cookies, origin, copying, clock = Date.now } = dependencies;
  return async (request) => {
    guardAgainstForgery(request, cookies, origin);
    const session = await requireSession(request, dependencies);
    if (!copying) throw new Problem('not_copied');
    const verify = request.routeKey === 'POST /mailbox/verify';
    if (!(await mailboxes.request(session, clock(), verify))) {
      const state = await mailboxes.find(session.accountId);
      if (state?.generation === session.generation && state.phase === 'paused')
        throw new Problem('sync_paused');
      throw new Problem('not_copied');
    }
    return json(202, { status: 'requested' });
  };
}
