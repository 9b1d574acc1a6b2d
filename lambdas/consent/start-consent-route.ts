import { startConsentQuery } from '../api/requests/consent.ts';
import { Problem } from '../errors.ts';
import type { GrantStatus } from '../grants/grant.ts';
import type { Origins } from '../http/allowed-origins.ts';
import { parseFormBody } from '../http/body.ts';
import type { CookieJar } from '../http/cookies.ts';
import { isForeign, originOf } from '../http/foreign-address.ts';
import type { Route } from '../http/handler.ts';
import { parseQuery } from '../http/query.ts';
import type { HttpRequest } from '../http/request.ts';
import { answer, formPage, type HttpResponse, seeOther } from '../http/response.ts';
import { parseHandoffAddress, parseReturnTo, returnTargetOrHome } from '../http/return-to.ts';
import { requireSameOrigin } from '../http/same-origin.ts';
import { randomToken } from '../secrets.ts';
import { readSession } from '../sessions/read-session.ts';
import type { SessionStore } from '../sessions/session.ts';
import { confirmPage, isConfirmed, rememberApplication } from './confirm-application.ts';
import { offerNewConsent } from './offer-new-consent.ts';
import { startCodeRoute } from './start-code.ts';
import { type ConsentRequest, type ConsentStart, consentTarget, startConsent } from './start-consent.ts';

interface StartConsentDependencies extends ConsentStart, Origins {
  readonly sessions: Pick<SessionStore, 'find'>;
  readonly grantStatus: (accountId: string) => Promise<GrantStatus | undefined>;
  readonly cookies: CookieJar;
  readonly authorizationEndpoint: string;
}

/**
 * Starts a consent, bound to this browser by its login cookie. `/auth/login` redirects to Google. `/auth/url` returns
 * the authorization URL to a page of this site; with `purpose=code` it serves programs that get the code themselves.
 * For an application elsewhere the user must confirm first, with `POST /auth/login`.
 */
export function startConsentRoute(dependencies: StartConsentDependencies): Route {
  const { cookies, newToken = randomToken } = dependencies;
  const codeRoute = startCodeRoute(dependencies);
  return async (request, run) => {
    const returnsUrl = request.routeKey === 'GET /auth/url';
    if (returnsUrl && request.query.has('purpose')) return codeRoute(request, run);
    if (returnsUrl && request.headers['sec-fetch-site'] === 'cross-site') {
      throw new Problem('cross_site', {
        detail:
          'Another site cannot bind a consent to the browser. Send the browser to authorizationUrl instead.',
        offerConsent: true,
        ...returnTargetOrHome(request.query, dependencies.allowedReturnOrigins),
      });
    }
    const browser = cookies.read(request, 'login') ?? newToken();
    const isConfirmation = request.routeKey === 'POST /auth/login';
    if (isConfirmation) requireSameOrigin(request, dependencies.origin);
    const consent = { browser, ...(await readRequest(request, returnsUrl, dependencies)) };
    const { returnTo } = consent;
    const isElsewhere = isForeign(returnTo);
    if (isElsewhere && !isConfirmation && !isConfirmed(request, returnTo, cookies)) {
      return askForConfirmation(request, returnTo, dependencies);
    }
    const { authorizationUrl, expiresAt } = await startConsent(consent, dependencies).catch(
      (error: unknown) => {
        throw isElsewhere && error instanceof Problem ? offerNewConsent(error, consent) : error;
      },
    );
    const bound = [cookies.write('login', browser)];
    if (isElsewhere) bound.push(rememberApplication(request, returnTo, cookies));
    return returnsUrl
      ? authorizationResponse(authorizationUrl, expiresAt, bound)
      : seeOther(authorizationUrl, bound);
  };
}

async function readRequest(
  request: HttpRequest,
  returnsUrl: boolean,
  dependencies: StartConsentDependencies,
): Promise<Omit<ConsentRequest, 'browser'>> {
  const {
    login_hint,
    return_to,
    prompt,
    code_challenge: handoffChallenge,
  } = request.method === 'POST'
    ? parseFormBody(request, startConsentQuery)
    : parseQuery(request, startConsentQuery);
  const returnTo = returnsUrl
    ? parseReturnTo(return_to)
    : parseHandoffAddress(return_to, dependencies.allowedReturnOrigins);
  if (isForeign(returnTo) !== (handoffChallenge !== undefined)) {
    throw new Problem('invalid_request', {
      detail:
        'Query parameters: code_challenge is required if return_to is on another origin, and not allowed otherwise.',
    });
  }
  const selectAccount = prompt === 'select_account';
  // An application elsewhere does not depend on who is signed in here.
  if (handoffChallenge !== undefined)
    return { returnTo, handoffChallenge, loginHint: login_hint, selectAccount };
  const hint = { loginHint: login_hint, forced: prompt !== undefined };
  return { returnTo, selectAccount, ...(await findAccountHint(request, hint, dependencies)) };
}

/**
 * A signed-in user must consent with the same account. A browser whose session expired by disuse is remembered: while
 * its account's grant is active, Google need not prompt for consent again.
 */
async function findAccountHint(
  request: HttpRequest,
  { loginHint, forced }: { loginHint: string | undefined; forced: boolean },
  dependencies: StartConsentDependencies,
): Promise<Pick<ConsentRequest, 'loginHint' | 'prompted' | 'expectedAccountId'>> {
  const presented = await readSession(request, dependencies);
  if (presented === undefined) return { loginHint, prompted: true };
  const { accountId } = presented.session;
  if (presented.state === 'live') {
    return { loginHint: loginHint ?? accountId, prompted: true, expectedAccountId: accountId };
  }
  const active = (await dependencies.grantStatus(accountId)) === 'active';
  return { loginHint: loginHint ?? accountId, prompted: forced || !active };
}

function askForConfirmation(
  request: HttpRequest,
  returnTo: string,
  { scopes, authorizationEndpoint }: StartConsentDependencies,
): HttpResponse {
  // If the consent cannot start, the application gets the problem.
  const redirectTargets = [consentTarget(authorizationEndpoint), originOf(returnTo)];
  return formPage(confirmPage(request, returnTo, scopes), { redirectTargets, cookies: [] });
}

function authorizationResponse(
  authorizationUrl: string,
  expiresAt: number,
  cookies: readonly string[],
): HttpResponse {
  const body = { authorizationUrl, expiresAt: new Date(expiresAt).toISOString() };
  return { ...answer<'GET /auth/url'>(200, body), cookies: [...cookies] };
}
