import {
  type CompleteConsentDependencies,
  completeConsentRoute,
  problemAddress,
} from '../../lambdas/consent/complete-consent.ts';
import { startConsentRoute } from '../../lambdas/consent/start-consent.ts';
import { buildAuthorizationUrl } from '../../lambdas/google/authorization-url.ts';
import type { Grant } from '../../lambdas/grants/grant.ts';
import { createCookieJar } from '../../lambdas/http/cookies.ts';
import { createHandler } from '../../lambdas/http/handler.ts';
import { type Answer, ask, locationOf, type TestRequest } from './api-event.ts';
import { bindingCipher } from './doubles/binding-cipher.ts';
import { testClock } from './doubles/clock.ts';
import { askedScopes } from './doubles/grants.ts';
import { type MemoryGrants, memoryGrants } from './doubles/memory-grants.ts';
import { memoryPendingConsents } from './doubles/memory-pending-consents.ts';
import { memorySessions } from './doubles/memory-sessions.ts';
import { recordingLog } from './doubles/recording-log.ts';
import { scriptedExchange } from './doubles/scripted-exchange.ts';
import { numberedTokens } from './doubles/tokens.ts';

/** The site of every journey. */
export const origin = 'https://mail.example.com';

/** The authorization code that Google's redirect brings. */
export const code = '4/canary-code';

/**
 * Both ends of a consent over stores in memory and a scripted Google.
 *
 * @param connected what is told of each grant that a consent stored or kept; where mail is not copied, nothing is
 */
export function consentJourney(
  wrapGrants: (grants: MemoryGrants) => MemoryGrants = (grants) => grants,
  connected?: CompleteConsentDependencies['connected'],
) {
  const clock = testClock();
  const cipher = bindingCipher();
  const log = recordingLog();
  const pendingConsents = memoryPendingConsents();
  const sessions = memorySessions();
  const grants = wrapGrants(memoryGrants());
  const google = scriptedExchange();
  const cookies = createCookieJar(origin);
  const scopes = [...askedScopes];
  const newToken = numberedTokens('token');
  const start = createHandler(
    startConsentRoute({
      pendingConsents,
      sessions,
      grantStatus: async (accountId) => grants.rows.get(accountId)?.status,
      cipher,
      clientId: google.clientId,
      buildAuthorizationUrl: (request) =>
        buildAuthorizationUrl(request, {
          authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
          redirectUri: `${origin}/auth/callback`,
        }),
      scopes,
      cookies,
      clock,
      newToken,
    }),
    { origin, log },
  );
  const complete = createHandler(
    completeConsentRoute({
      pendingConsents,
      sessions,
      grants,
      cipher,
      google,
      cookies,
      issuer: 'https://accounts.google.com',
      origin,
      scopes,
      clock,
      newId: numberedTokens('id'),
      ...(connected !== undefined && { connected }),
    }),
    { origin, log, redirectBrowser: problemAddress },
  );

  /** Starts a consent; gives the state and the cookies of a browser that now goes to Google. */
  async function begin(request: TestRequest = {}) {
    const answer = await ask(start, 'GET /auth/login', request);
    if (answer.status !== 303) throw new Error(`The consent was not started: ${answer.text}`);
    const url = locationOf(answer);
    return {
      url,
      state: url.searchParams.get('state') ?? '',
      browser: { ...request.cookies, ...cookiesOf(answer) },
    };
  }

  const callback = (query: Readonly<Record<string, string>> | string, request: TestRequest = {}) =>
    ask(complete, 'GET /auth/callback', {
      ...request,
      query: typeof query === 'string' ? query : new URLSearchParams(query).toString(),
    });

  /** A whole consent. */
  async function consent(startRequest: TestRequest = {}, callbackRequest: TestRequest = {}): Promise<Answer> {
    const { state, browser } = await begin(startRequest);
    return callback({ state, code }, { cookies: browser, ...callbackRequest });
  }

  const put = (grant: Grant) => grants.rows.set(grant.accountId, grant);

  return {
    ...{ clock, cipher, log, pendingConsents, sessions, grants, google, scopes },
    ...{ begin, callback, consent, put },
  };
}

/** The cookies that an answer sets, by name. */
export function cookiesOf(answer: Answer): Record<string, string> {
  return Object.fromEntries(
    answer.cookies.map((line) => {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      return [name, value];
    }),
  );
}
