import { Problem } from '../errors.ts';
import type { CookieJar } from '../http/cookies.ts';
import { problemResponse } from '../http/problem-response.ts';
import { type HttpRequest, wantsPage } from '../http/request.ts';
import { type HttpResponse, seeOther } from '../http/response.ts';
import { hashOf, isSameSecret } from '../secrets.ts';
import { type HandoffStore, startHandoff } from '../sessions/handoff.ts';
import { readSession } from '../sessions/read-session.ts';
import type { SessionStore } from '../sessions/session.ts';
import { startSession } from '../sessions/start-session.ts';
import { offerNewConsent } from './offer-new-consent.ts';
import type { ConsentOutcome, PendingConsentStore, TakenConsent } from './pending-consent.ts';

interface RepeatedCallbackDependencies {
  readonly pendingConsents: Pick<PendingConsentStore, 'findTaken' | 'repeat'>;
  readonly sessions: Pick<SessionStore, 'find' | 'put' | 'delete'>;
  readonly handoffs: Pick<HandoffStore, 'put'>;
  readonly cookies: CookieJar;
  readonly origin: string;
  readonly clock: () => number;
  readonly wait: (milliseconds: number) => Promise<unknown>;
  /** When Lambda terminates this function (epoch milliseconds). */
  readonly endsAt: number;
}

/** Limits of repeated sign-ins: milliseconds after the consent, and how often. */
const repeatable = { within: 120_000, most: 4 };

/** How a repeated callback polls for the outcome of the first one (milliseconds, and how often). */
const waiting = { each: 250, times: 100 };

/** No function runs longer (milliseconds): a callback without an outcome by then was killed. */
const longestRun = 30_000;

interface Repeated<Outcome extends ConsentOutcome = ConsentOutcome> {
  readonly outcome: Outcome;
  readonly taken: TakenConsent;
  readonly request: HttpRequest;
  readonly browserHash: string;
}

/**
 * Answers a callback that the browser repeats because the first response was lost or the user went back. The code is
 * not exchanged again. A signed-in browser continues to where the consent led. A browser whose response was lost gets a
 * new session, unless a session of this consent was ended. An application on another origin gets a new handoff. Both
 * require the same authorization code: an attacker who knows only state and login cookie never saw it.
 *
 * @throws Problem `invalid_state` if the consent had no outcome, or ended too long ago
 */
export async function answerRepeated(
  first: TakenConsent,
  request: HttpRequest,
  dependencies: RepeatedCallbackDependencies,
): Promise<HttpResponse> {
  const browserHash = hashOf(dependencies.cookies.read(request, 'login') ?? '');
  const taken = await waitForOutcome(first, browserHash, dependencies);
  const { outcome } = taken;
  const repeated = { taken, request, browserHash };
  if (outcome !== undefined && 'problem' in outcome)
    return showProblem({ ...repeated, outcome }, dependencies);
  if (outcome !== undefined && 'handsOver' in outcome)
    return handOverAgain({ ...repeated, outcome }, dependencies);
  const response = outcome && (await signInAgain({ ...repeated, outcome }, dependencies));
  if (response === undefined) throw offerNewConsent(new Problem('invalid_state'), taken);
  return response;
}

/** The first callback may still run: a browser that abandons a page and requests it again does not stop it. */
async function waitForOutcome(
  first: TakenConsent,
  browserHash: string,
  { pendingConsents, clock, wait, endsAt }: RepeatedCallbackDependencies,
): Promise<TakenConsent> {
  const until = Math.min(first.takenAt + longestRun, endsAt - 2_000);
  let taken = first;
  for (let times = 0; taken.outcome === undefined && times < waiting.times && clock() < until; times++) {
    await wait(waiting.each);
    taken = (await pendingConsents.findTaken(first.loginId, browserHash, clock())) ?? first;
  }
  return taken;
}

async function signInAgain(
  { outcome, taken, request, browserHash }: Repeated<Extract<ConsentOutcome, { sessions: unknown }>>,
  dependencies: RepeatedCallbackDependencies,
): Promise<HttpResponse | undefined> {
  const { sessions, cookies, pendingConsents } = dependencies;
  const find = (hashes: readonly string[]) => Promise.all(hashes.map((hash) => sessions.find(hash)));
  const [presented, first, more] = await Promise.all([
    readSession(request, dependencies),
    find(outcome.sessions),
    find(taken.moreSessions),
  ]);
  const given = [...first, ...more];
  const known = given.find((session) => session !== undefined);
  if (
    presented?.state === 'live' &&
    (known === undefined || known.accountId === presented.session.accountId)
  ) {
    return seeOther(taken.returnTo);
  }
  // Only the outcome itself has a MAC and names the session's account.
  const [of] = first;
  // A logout, a disconnect or an operator ended one of them: the callback must not restore it.
  if (of === undefined || given.includes(undefined) || !hasSameCode(request, outcome.codeHash))
    return undefined;
  const token = await startSession(of, dependencies);
  const added = hashOf(token);
  if (!(await pendingConsents.repeat(taken.loginId, browserHash, allowed(dependencies), added))) {
    await sessions.delete(added);
    return undefined;
  }
  const earlier = cookies.read(request, 'session');
  if (earlier !== undefined) await sessions.delete(hashOf(earlier));
  return seeOther(taken.returnTo, [cookies.write('session', token)]);
}

/** If no new handoff may be issued, the application has already received one, so it is not sent an error. */
async function handOverAgain(
  { outcome, taken, request, browserHash }: Repeated<Extract<ConsentOutcome, { handsOver: string }>>,
  dependencies: RepeatedCallbackDependencies,
): Promise<HttpResponse> {
  const { handsOver: accountId, generation, codeHash } = outcome;
  const { returnTo, handoffChallenge: codeChallenge, loginId } = taken;
  const mayRepeat =
    codeChallenge !== undefined &&
    hasSameCode(request, codeHash) &&
    (await dependencies.pendingConsents.repeat(loginId, browserHash, allowed(dependencies)));
  if (!mayRepeat) return seeOther(returnTo);
  return seeOther(await startHandoff({ accountId, generation }, { returnTo, codeChallenge }, dependencies));
}

function hasSameCode({ query }: HttpRequest, codeHash: string): boolean {
  return isSameSecret(hashOf(query.get('code') ?? ''), codeHash);
}

function allowed({ clock }: RepeatedCallbackDependencies) {
  return { since: clock() - repeatable.within, most: repeatable.most };
}

/** The problem of the consent, shown at a URL without the code; it is not counted again. */
function showProblem(
  { outcome, taken, request }: Repeated<Extract<ConsentOutcome, { problem: string }>>,
  { origin }: RepeatedCallbackDependencies,
): HttpResponse {
  const { problem: code, detail } = outcome;
  const problem = offerNewConsent(new Problem(code, detail === undefined ? {} : { detail }), taken);
  const { shownAt = shownWithoutCode(request) } = problem.options;
  if (shownAt !== undefined && wantsPage(request)) return seeOther(shownAt);
  return problemResponse(problem, request, origin);
}

/** The URL at which this route shows a stored problem without the authorization code. */
export function shownWithoutCode({ query }: HttpRequest): string | undefined {
  if (!query.has('code')) return undefined;
  return `/auth/callback?${new URLSearchParams({ state: query.get('state') ?? '' })}`;
}
