import { Problem } from '../errors.ts';
import { isBackendRoute } from '../http/backend-route.ts';
import type { CookieJar } from '../http/cookies.ts';
import type { Route } from '../http/handler.ts';
import { noParameters, parseQuery } from '../http/query.ts';
import { json } from '../http/response.ts';
import { type CallerDependencies, requireCaller } from '../sessions/caller.ts';
import { guardAgainstForgery } from '../sessions/read-session.ts';
import { type MailboxStore, pausedByOperator } from './mailbox-state.ts';

export interface RequestSyncDependencies extends CallerDependencies {
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
  const { mailboxes, cookies, origin, copying, findAccount, clock = Date.now } = dependencies;
  return async (request) => {
    guardAgainstForgery(request, cookies, origin);
    const isOfBackend = isBackendRoute(request.routeKey);
    if (isOfBackend) parseQuery(request, noParameters);
    const mailbox = await requireCaller(request, dependencies);
    // Until a disconnect is finished, rows of session and mailbox may outlive the grant.
    const account = await findAccount(mailbox.accountId);
    if (!isOfBackend && account?.generation !== mailbox.generation) throw new Problem('login_required');
    if (account?.status === 'disconnecting') throw new Problem('grant_revoked');
    if (!copying) throw new Problem('not_copied');
    const verify = request.routeKey.endsWith('/verify');
    if (!(await mailboxes.request(mailbox, clock(), verify))) {
      const state = await mailboxes.find(mailbox.accountId);
      const isPaused = state?.generation === mailbox.generation && state.phase === 'paused';
      if (!isPaused) throw new Problem('not_copied');
      throw new Problem(state.pausedBecause === pausedByOperator ? pausedByOperator : 'sync_paused');
    }
    return json(202, { status: 'requested' });
  };
}
