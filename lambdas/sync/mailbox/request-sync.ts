import { Problem } from '../../errors.ts';
import { isBackendRoute } from '../../http/backend-route.ts';
import type { CookieJar } from '../../http/cookies.ts';
import type { Route } from '../../http/handler.ts';
import { noParameters, parseQuery } from '../../http/query.ts';
import { answer } from '../../http/response.ts';
import { type CallerDependencies, requireCaller } from '../../sessions/caller.ts';
import { guardAgainstCsrf } from '../../sessions/read-session.ts';
import { type MailboxState, type MailboxStore, pausedByOperator } from './mailbox-state.ts';
import { applyTransition, requested } from './transitions.ts';
import { decideVerifyRequest } from './verify-pause.ts';

interface RequestSyncDependencies extends CallerDependencies {
  readonly mailboxes: Pick<MailboxStore, 'find' | 'change'>;
  readonly cookies: CookieJar;
  readonly origin: string;
  /** Whether this stage copies mail. */
  readonly copying: boolean;
  /** The length of the quota's minute, milliseconds. */
  readonly minute: number;
}

/**
 * Requests a sync or a comparison: 202. It runs in the next tick, or when the running job has ended, but never before
 * Google's retry time. A pending comparison serves all callers until it has ended. After it, requests for another one
 * are answered `rate_limited` for a while.
 */
export function requestSyncRoute(dependencies: RequestSyncDependencies): Route {
  const { mailboxes, cookies, origin, copying, minute, clock = Date.now } = dependencies;
  return async (request) => {
    guardAgainstCsrf(request, cookies, origin);
    if (isBackendRoute(request.routeKey)) parseQuery(request, noParameters);
    const mailbox = await requireCaller(request, dependencies);
    if (!copying) throw new Problem('not_copied');
    const stateNow = async () => {
      const state = await mailboxes.find(mailbox.accountId);
      return state?.generation === mailbox.generation ? state : undefined;
    };
    const isOfVerify = request.routeKey.endsWith('/verify');
    const verify = isOfVerify && isNewVerify(await stateNow(), clock(), minute);
    if (!(await applyTransition(mailbox, requested(clock(), verify), mailboxes))) {
      const state = await stateNow();
      if (state?.phase !== 'paused') throw new Problem('not_copied');
      throw new Problem(state.pausedBecause === pausedByOperator ? pausedByOperator : 'sync_paused');
    }
    return answer<'POST /mailbox/sync'>(202, { status: 'requested' });
  };
}

/**
 * Whether to request a comparison: not if a requested one is pending.
 *
 * @throws Problem `rate_limited` if a requested one ended a short while ago
 */
function isNewVerify(state: MailboxState | undefined, now: number, minute: number): boolean {
  if (state === undefined || state.phase === 'paused') return true;
  const judged = decideVerifyRequest(state, now, minute);
  if (judged.kind === 'paused') {
    const retryAfterSeconds = Math.ceil((judged.until - now) / 1_000);
    const detail =
      'This mailbox was compared on request within the last hour: its status shows what was found. ' +
      `Another comparison can be asked for in ${Math.ceil(retryAfterSeconds / 60)} min.`;
    throw new Problem('rate_limited', { retryAfterSeconds, detail });
  }
  return judged.kind === 'free';
}
