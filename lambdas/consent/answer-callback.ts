import { Problem } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import { obstacleTo } from '../grants/require-grant.ts';
import type { Route } from '../http/handler.ts';
import { loginUrl } from '../http/problem-response.ts';
import type { HttpRequest } from '../http/request.ts';
import { type HttpResponse, seeOther } from '../http/response.ts';
import { hashOf } from '../secrets.ts';
import { type HandoffStore, startHandoff } from '../sessions/handoff.ts';
import { readSession } from '../sessions/read-session.ts';
import type { SessionStore } from '../sessions/session.ts';
import { startSession } from '../sessions/start-session.ts';
import { type ConsentCompletion, completeConsent } from './complete-consent.ts';
import type { PendingConsent } from './pending-consent.ts';
import { startAgain } from './start-again.ts';
import { type CallbackVerification, verifyCallback } from './verify-callback.ts';

export interface AnswerCallbackDependencies extends ConsentCompletion, CallbackVerification {
  readonly sessions: Pick<SessionStore, 'find' | 'put' | 'delete'>;
  readonly handoffs: Pick<HandoffStore, 'put'>;
  readonly origin: string;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
  readonly clock?: () => number;
}

/**
 * Answers Google's redirect back: completes the consent and signs the browser in with a new session. If an application
 * on another origin asked, that gets a handoff in place of it, and the browser stays as it was.
 */
export function answerCallbackRoute(dependencies: AnswerCallbackDependencies): Route {
  return async (request) => {
    const verified = await verifyCallback(request, dependencies);
    const { pending } = verified;
    try {
      const grant = await completeConsent(verified, dependencies);
      if (grant !== undefined) return await leadBack(grant, pending, request, dependencies);
      return seeOther(loginUrl(dependencies.origin, pending.returnTo, { promptConsent: true }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === 'code_exchange_failed' && (await signedInAnyway(request, pending, dependencies))) {
        return seeOther(pending.returnTo);
      }
      throw startAgain(error, pending);
    }
  };
}

/** Where a browser is sent whose callback failed: to an address without the authorization code. */
export function problemAddress(problem: Problem, request: HttpRequest): string | undefined {
  if (!request.query.has('code')) return undefined;
  const query = new URLSearchParams({ problem: problem.code });
  const { returnTo = '/', codeChallenge, invited } = problem.options;
  if (returnTo !== '/') query.set('return_to', returnTo);
  if (codeChallenge !== undefined) query.set('code_challenge', codeChallenge);
  if (invited) query.set('invited', 'true');
  return `/auth/problem?${query}`;
}

async function leadBack(
  grant: Grant,
  { returnTo, handoffChallenge: codeChallenge }: PendingConsent,
  request: HttpRequest,
  dependencies: AnswerCallbackDependencies,
): Promise<HttpResponse> {
  if (codeChallenge !== undefined) {
    return seeOther(await startHandoff(grant, { returnTo, codeChallenge }, dependencies));
  }
  const { sessions, cookies } = dependencies;
  const earlier = cookies.read(request, 'session');
  if (earlier !== undefined) await sessions.delete(hashOf(earlier));
  const token = await startSession(grant, dependencies);
  return seeOther(returnTo, [cookies.write('session', token)]);
}

/**
 * As the guide says: when the exchange fails, the credentials of the current session go on. They are no answer to an
 * invitation, nor to an application on another origin.
 */
async function signedInAnyway(
  request: HttpRequest,
  { invitation, handoffChallenge }: PendingConsent,
  dependencies: AnswerCallbackDependencies,
): Promise<boolean> {
  if (invitation !== undefined || handoffChallenge !== undefined) return false;
  const { grants, google, scopes } = dependencies;
  const presented = await readSession(request, dependencies);
  if (presented?.state !== 'live') return false;
  const { accountId, generation } = presented.session;
  const grant = await grants.find(accountId);
  const demand = { clientId: await google.clientId(), scopes };
  return grant?.generation === generation && obstacleTo(grant, demand) === undefined;
}
