import { setTimeout as delay } from 'node:timers/promises';
import { Problem } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import { problemOfGrant } from '../grants/require-grant.ts';
import type { Route } from '../http/handler.ts';
import { loginUrl } from '../http/problem-response.ts';
import type { HttpRequest } from '../http/request.ts';
import { type HttpResponse, seeOther } from '../http/response.ts';
import { describeError, type Logger } from '../log.ts';
import { hashOf } from '../secrets.ts';
import { type HandoffStore, startHandoff } from '../sessions/handoff.ts';
import { readSession } from '../sessions/read-session.ts';
import type { Session, SessionStore } from '../sessions/session.ts';
import { startSession } from '../sessions/start-session.ts';
import { type ConsentCompletion, completeConsent } from './complete-consent.ts';
import { offerNewConsent } from './offer-new-consent.ts';
import type { ConsentOutcome, PendingConsent, PendingConsentStore } from './pending-consent.ts';
import { answerRepeated, shownWithoutCode } from './repeated-callback.ts';
import type { VerifiedCode } from './verified-code.ts';
import { type CallbackVerification, type VerifiedCallback, verifyCallback } from './verify-callback.ts';

export interface AnswerCallbackDependencies extends ConsentCompletion, CallbackVerification {
  readonly pendingConsents: Pick<PendingConsentStore, 'take' | 'findTaken' | 'end' | 'repeat'>;
  readonly sessions: Pick<SessionStore, 'find' | 'put' | 'delete'>;
  readonly handoffs: Pick<HandoffStore, 'put'>;
  readonly origin: string;
  readonly log: Logger;
  readonly scopes: readonly string[];
  readonly clock?: () => number;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/** The response to the browser, and the outcome that a repeated callback will find. */
interface Completion {
  readonly response: HttpResponse;
  readonly outcome: ConsentOutcome;
}

/** How long the outcome of a callback is kept (milliseconds). */
const outcomeLifetime = 3_600_000;

/**
 * Handles Google's redirect back: completes the consent and signs the browser in with a new session. If an application
 * on another origin asked, it gets a handoff instead, and the browser's own session stays as it was.
 */
export function answerCallbackRoute(dependencies: AnswerCallbackDependencies): Route {
  const { pendingConsents, log, clock = Date.now, wait = delay } = dependencies;
  const end: StoreOutcome = (pending, outcome) =>
    pendingConsents.end(pending, outcome, { endedAt: clock(), expiresAt: clock() + outcomeLifetime });
  return async (request, run) => {
    const callback = await verifyCallback(request, dependencies);
    if ('repeats' in callback) {
      return answerRepeated(callback.repeats, request, { ...dependencies, clock, wait, endsAt: run.endsAt });
    }
    const { response, outcome } = await complete(callback, request, end, dependencies);
    try {
      await end(callback.pending, outcome);
    } catch (error) {
      // The consent has succeeded; only a repeated callback must start again.
      log.warn({ event: 'outcome of a consent not stored', ...describeError(error) });
    }
    return response;
  };
}

type StoreOutcome = (pending: PendingConsent, outcome: ConsentOutcome) => Promise<void>;

/** @throws Problem that is stored as the outcome, and names where it is shown */
async function complete(
  callback: Exclude<VerifiedCallback, { repeats: unknown }>,
  request: HttpRequest,
  end: StoreOutcome,
  dependencies: AnswerCallbackDependencies,
): Promise<Completion> {
  const { pending } = callback;
  try {
    if ('refusal' in callback) throw callback.refusal;
    return await continueSignedIn(
      await completeConsent(callback, dependencies),
      callback,
      request,
      dependencies,
    );
  } catch (error) {
    const failed = error instanceof Problem ? error : new Problem('internal_error', { cause: error });
    const kept = await keepSession(failed, request, pending, dependencies);
    if (kept === undefined) throw await recordProblem(failed, pending, request, end);
    return kept;
  }
}

/**
 * The URL that shows a failed callback's problem, so that the code leaves the address bar; not used if an application
 * asked.
 */
export function problemAddress(problem: Problem, request: HttpRequest): string | undefined {
  const { returnTo = '/', codeChallenge, invited } = problem.options;
  if (!request.query.has('code')) return undefined;
  const query = new URLSearchParams({ problem: problem.code });
  if (returnTo !== '/') query.set('return_to', returnTo);
  if (codeChallenge !== undefined) query.set('code_challenge', codeChallenge);
  if (invited) query.set('invited', 'true');
  return `/auth/problem?${query}`;
}

/** Continues after a consent that Google completed. If Google sent no refresh token, the user is prompted once more. */
async function continueSignedIn(
  grant: Grant | undefined,
  { code, pending: { returnTo, handoffChallenge: codeChallenge } }: VerifiedCode,
  request: HttpRequest,
  dependencies: AnswerCallbackDependencies,
): Promise<Completion> {
  if (grant === undefined) {
    const again = loginUrl(dependencies.origin, returnTo, { prompt: 'consent' });
    return { response: seeOther(again), outcome: { problem: 'no_refresh_token' } };
  }
  const { accountId, generation } = grant;
  const codeHash = hashOf(code);
  if (codeChallenge !== undefined) {
    const address = await startHandoff(grant, { returnTo, codeChallenge }, dependencies);
    return { response: seeOther(address), outcome: { handsOver: accountId, generation, codeHash } };
  }
  const { sessions, cookies } = dependencies;
  const earlier = cookies.read(request, 'session');
  if (earlier !== undefined) await sessions.delete(hashOf(earlier));
  const token = await startSession(grant, dependencies);
  return {
    response: seeOther(returnTo, [cookies.write('session', token)]),
    outcome: { sessions: [hashOf(token)], codeHash },
  };
}

/**
 * Stores the problem for repeated callbacks and decides where the browser sees it. An application on another origin
 * gets the code. A problem with a detail of its own is shown by this route, requested again without the authorization
 * code.
 */
async function recordProblem(
  failed: Problem,
  pending: PendingConsent,
  request: HttpRequest,
  end: StoreOutcome,
): Promise<Problem> {
  const { code, cause, options } = offerNewConsent(failed, pending);
  try {
    await end(pending, { problem: code, detail: options.detail });
  } catch (lost) {
    const causes = new AggregateError(
      [cause, lost],
      'The consent failed, and its outcome could not be stored.',
    );
    return new Problem(code, { ...options, cause: causes });
  }
  const shownAt = options.shownAt ?? (options.detail === undefined ? undefined : shownWithoutCode(request));
  return new Problem(code, { ...options, shownAt, cause });
}

/**
 * If the exchange fails, the current session's credentials stay in use, as the guide says. They do not satisfy an
 * invitation or an application on another origin.
 */
async function keepSession(
  { code }: Problem,
  request: HttpRequest,
  { invitation, handoffChallenge, returnTo }: PendingConsent,
  dependencies: AnswerCallbackDependencies,
): Promise<Completion | undefined> {
  if (code !== 'code_exchange_failed') return undefined;
  if (invitation !== undefined || handoffChallenge !== undefined) return undefined;
  const presented = await readSession(request, dependencies);
  if (presented?.state !== 'live') return undefined;
  if (!(await isUsable(presented.session, dependencies))) return undefined;
  // The session does not belong to this consent, so a repeated callback must not issue another one.
  return { response: seeOther(returnTo), outcome: { sessions: [], codeHash: '' } };
}

async function isUsable(
  { accountId, generation }: Session,
  { grants, google, scopes }: AnswerCallbackDependencies,
): Promise<boolean> {
  const grant = await grants.find(accountId);
  const demand = { clientId: await google.clientId(), scopes };
  return grant?.generation === generation && problemOfGrant(grant, demand) === undefined;
}
