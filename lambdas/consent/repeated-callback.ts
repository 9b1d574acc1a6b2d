import { Problem } from '../errors.ts';
import type { CookieJar } from '../http/cookies.ts';
import { problemResponse } from '../http/problem-response.ts';
import { type HttpRequest, wantsPage } from '../http/request.ts';
import { type HttpResponse, seeOther } from '../http/response.ts';
import { hashOf } from '../secrets.ts';
import { type HandoffStore, startHandoff } from '../sessions/handoff.ts';
import { readSession } from '../sessions/read-session.ts';
import type { SessionStore } from '../sessions/session.ts';
import { startSession } from '../sessions/start-session.ts';
import type { ConsentOutcome, PendingConsentStore, TakenConsent } from './pending-consent.ts';
import { startAgain } from './start-again.ts';

export interface RepeatedCallbackDependencies {
  readonly pendingConsents: Pick<PendingConsentStore, 'findTaken' | 'repeat'>;
  readonly sessions: Pick<SessionStore, 'find' | 'put' | 'delete'>;
  readonly handoffs: Pick<HandoffStore, 'put'>;
  readonly cookies: CookieJar;
  readonly origin: string;
  readonly clock: () => number;
  readonly wait: (milliseconds: number) => Promise<unknown>;
  /** When this function is ended (epoch milliseconds). */
  readonly endsAt: number;
}

/** For how long after its end a consent may sign its browser in again (milliseconds), and how often. */
const repeatable = { within: 120_000, most: 4 };

/** How a callback waits for the one before it: so often, so long (milliseconds). */
const waiting = { times: 32, each: 250 };

/** No function runs longer (milliseconds): a callback that has no outcome by then died. */
const longestRun = 30_000;

/**
 * Answers a callback that its browser has sent before: because the first answer was lost, or a person went back. The
 * code is not exchanged again. A browser that is signed in goes on to where the consent led. One whose answer was lost
 * gets a new session, as long as the first one was not ended; an application on another origin a new handoff.
 *
 * @throws Problem `invalid_state` when nothing came of the consent, or too long ago
 */
export async function answerRepeated(
  first: TakenConsent,
  request: HttpRequest,
  dependencies: RepeatedCallbackDependencies,
): Promise<HttpResponse> {
  const taken = await waitForOutcome(first, request, dependencies);
  const { outcome } = taken;
  if (outcome !== undefined && 'problem' in outcome)
    return showProblem(outcome, taken, request, dependencies);
  const response = outcome && (await goOn(outcome, taken, request, dependencies));
  if (response === undefined) throw startAgain(new Problem('invalid_state'), taken);
  return response;
}

function goOn(
  outcome: Exclude<ConsentOutcome, { problem: string }>,
  ...rest: [TakenConsent, HttpRequest, RepeatedCallbackDependencies]
): Promise<HttpResponse | undefined> {
  return 'session' in outcome ? signInAgain(outcome, ...rest) : handOverAgain(outcome, ...rest);
}

/** The first callback may still run: a browser that gives a page up and asks again does not end it. */
async function waitForOutcome(
  first: TakenConsent,
  request: HttpRequest,
  { pendingConsents, cookies, clock, wait, endsAt }: RepeatedCallbackDependencies,
): Promise<TakenConsent> {
  const browserHash = hashOf(cookies.read(request, 'login') ?? '');
  const until = Math.min(first.takenAt + longestRun, endsAt - 2_000);
  let taken = first;
  for (let times = 0; taken.outcome === undefined && times < waiting.times && clock() < until; times++) {
    await wait(waiting.each);
    taken = (await pendingConsents.findTaken(first.loginId, browserHash, clock())) ?? first;
  }
  return taken;
}

async function signInAgain(
  outcome: Extract<ConsentOutcome, { session: string }>,
  taken: TakenConsent,
  request: HttpRequest,
  dependencies: RepeatedCallbackDependencies,
): Promise<HttpResponse | undefined> {
  const { sessions, cookies } = dependencies;
  const { returnTo } = taken;
  const [given, presented] = await Promise.all([
    sessions.find(outcome.session),
    readSession(request, dependencies),
  ]);
  const isSignedIn = presented?.state === 'live';
  if (isSignedIn && (given === undefined || given.accountId === presented.session.accountId)) {
    return seeOther(returnTo);
  }
  // A logout, a disconnect or an operator ended it: then this is no way back in.
  if (given === undefined || !(await mayRepeat(taken, request, dependencies))) return undefined;
  const earlier = cookies.read(request, 'session');
  if (earlier !== undefined) await sessions.delete(hashOf(earlier));
  return seeOther(returnTo, [cookies.write('session', await startSession(given, dependencies))]);
}

async function handOverAgain(
  { handsOver: accountId, generation }: Extract<ConsentOutcome, { handsOver: string }>,
  taken: TakenConsent,
  request: HttpRequest,
  dependencies: RepeatedCallbackDependencies,
): Promise<HttpResponse | undefined> {
  const { returnTo, handoffChallenge: codeChallenge } = taken;
  if (codeChallenge === undefined || !(await mayRepeat(taken, request, dependencies))) return undefined;
  return seeOther(await startHandoff({ accountId, generation }, { returnTo, codeChallenge }, dependencies));
}

function mayRepeat(
  { loginId }: TakenConsent,
  request: HttpRequest,
  { pendingConsents, cookies, clock }: RepeatedCallbackDependencies,
): Promise<boolean> {
  const browserHash = hashOf(cookies.read(request, 'login') ?? '');
  const { within, most } = repeatable;
  return pendingConsents.repeat(loginId, browserHash, { since: clock() - within, most });
}

/** The problem with which the consent ended, shown where no code is in the address; it is not counted again. */
function showProblem(
  { problem: code, detail }: Extract<ConsentOutcome, { problem: string }>,
  taken: TakenConsent,
  request: HttpRequest,
  { origin }: RepeatedCallbackDependencies,
): HttpResponse {
  const problem = startAgain(new Problem(code, detail === undefined ? {} : { detail }), taken);
  const { shownAt = shownWithoutCode(request) } = problem.options;
  if (shownAt !== undefined && wantsPage(request)) return seeOther(shownAt);
  return problemResponse(problem, request, origin);
}

/** Where this route shows the stored problem of a callback whose address holds an authorization code. */
export function shownWithoutCode({ query }: HttpRequest): string | undefined {
  if (!query.has('code')) return undefined;
  return `/auth/callback?${new URLSearchParams({ state: query.get('state') ?? '' })}`;
}
