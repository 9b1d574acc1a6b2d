import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { Problem } from '../errors.ts';
import type { GrantStatus } from '../grants/grant.ts';
import type { TokenCipher } from '../grants/token-cipher.ts';
import type { CookieJar } from '../http/cookies.ts';
import type { Route } from '../http/handler.ts';
import { once, parseQuery } from '../http/query.ts';
import type { HttpRequest } from '../http/request.ts';
import { type HttpResponse, json, seeOther } from '../http/response.ts';
import { parseReturnTo, returnToOrHome } from '../http/return-to.ts';
import { hashOf, randomToken, type TokenSource } from '../secrets.ts';
import { readSession } from '../sessions/read-session.ts';
import type { SessionStore } from '../sessions/session.ts';
import {
  type PendingConsent,
  type PendingConsentStore,
  pendingLifetime,
  sealSecrets,
} from './pending-consent.ts';

/** What an authorization URL says. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly nonce: string;
  /** PKCE, S256. */
  readonly codeChallenge: string;
  /** An e-mail address or a `sub`: whom Google's page is to suggest. */
  readonly loginHint?: string | undefined;
  /** Whether Google is to ask for consent even if it was given before. */
  readonly promptConsent: boolean;
}

export interface StartConsentDependencies {
  readonly pendingConsents: Pick<PendingConsentStore, 'put'>;
  readonly sessions: Pick<SessionStore, 'find'>;
  /** No more of a grant than its status. */
  readonly grantStatus: (accountId: string) => Promise<GrantStatus | undefined>;
  readonly cipher: Pick<TokenCipher, 'encrypt'>;
  readonly clientId: () => Promise<string>;
  readonly buildAuthorizationUrl: (request: AuthorizationRequest) => string;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
  readonly cookies: CookieJar;
  readonly clock?: () => number;
  readonly newToken?: TokenSource;
}

const query = v.object({
  login_hint: v.optional(v.pipe(once, v.maxLength(320, 'is too long'))),
  return_to: v.optional(once, ['/']),
  prompt: v.optional(v.pipe(once, v.literal('consent', 'can only be consent'))),
});

/** Whom a consent is asked of, and how. */
type Audience = Pick<PendingConsent, 'expectedAccountId' | 'prompted'> & { loginHint: string | undefined };

/**
 * Starts a consent: writes down what is pending, bound to this browser by its login cookie, and leads to Google.
 * `/auth/login` goes there; `/auth/url` hands out the address to a page of this site that wants to go by itself.
 */
export function startConsentRoute(dependencies: StartConsentDependencies): Route {
  return async (request) => {
    const { cookies, newToken = randomToken } = dependencies;
    const handsOut = request.routeKey === 'GET /auth/url';
    if (handsOut && request.headers['sec-fetch-site'] === 'cross-site') {
      throw new Problem('cross_site', {
        detail:
          'Another site cannot bind a consent to the browser. Lead the browser to authorizationUrl instead.',
        offerConsent: true,
        returnTo: returnToOrHome(request.query.get('return_to') ?? '/'),
      });
    }
    const browser = cookies.read(request, 'login') ?? newToken();
    const { authorizationUrl, expiresAt } = await startConsent(request, browser, dependencies);
    const bound = [cookies.write('login', browser)];
    return handsOut ? handOut(authorizationUrl, expiresAt, bound) : seeOther(authorizationUrl, bound);
  };
}

async function startConsent(
  request: HttpRequest,
  browser: string,
  dependencies: StartConsentDependencies,
): Promise<{ authorizationUrl: string; expiresAt: number }> {
  const { pendingConsents, cipher, scopes, clock = Date.now, newToken = randomToken } = dependencies;
  const { login_hint, return_to, prompt } = parseQuery(request, query);
  const returnTo = parseReturnTo(return_to);
  const [clientId, audience] = await Promise.all([
    dependencies.clientId(),
    findAudience(request, { loginHint: login_hint, forced: prompt === 'consent' }, dependencies),
  ]);
  const { loginHint, prompted, expectedAccountId } = audience;
  const [state, nonce, codeVerifier] = [newToken(), newToken(), newToken()];
  const loginId = hashOf(state);
  const expiresAt = clock() + pendingLifetime;
  await pendingConsents.put({
    loginId,
    browserHash: hashOf(browser),
    returnTo,
    expectedAccountId,
    prompted,
    clientId,
    scopes,
    sealed: await sealSecrets({ codeVerifier, nonce }, { loginId, clientId }, cipher),
    expiresAt,
  });
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
  const authorizationUrl = dependencies.buildAuthorizationUrl({
    clientId,
    scopes,
    state,
    nonce,
    codeChallenge,
    loginHint,
    promptConsent: prompted,
  });
  return { authorizationUrl, expiresAt };
}

/**
 * Who is signed in must consent for the same account. A browser whose session ended by disuse is remembered:
 * while its account's grant is active, Google need not ask for consent again.
 */
async function findAudience(
  request: HttpRequest,
  { loginHint, forced }: { loginHint: string | undefined; forced: boolean },
  { sessions, grantStatus, cookies, clock }: StartConsentDependencies,
): Promise<Audience> {
  const presented = await readSession(request, { sessions, cookies, ...(clock && { clock }) });
  if (presented === undefined) return { loginHint, prompted: true };
  const { accountId } = presented.session;
  if (presented.state === 'live') {
    return { loginHint: loginHint ?? accountId, prompted: true, expectedAccountId: accountId };
  }
  const active = (await grantStatus(accountId)) === 'active';
  return { loginHint: loginHint ?? accountId, prompted: forced || !active };
}

function handOut(authorizationUrl: string, expiresAt: number, cookies: readonly string[]): HttpResponse {
  const body = { authorizationUrl, expiresAt: new Date(expiresAt).toISOString() };
  return { ...json(200, body), cookies: [...cookies] };
}
