import {
  type AnswerCallbackDependencies,
  answerCallbackRoute,
  problemAddress,
} from '../../lambdas/consent/answer-callback.ts';
import { completeCodeRoute } from '../../lambdas/consent/complete-code.ts';
import { countFailures, countStored } from '../../lambdas/consent/count-consents.ts';
import type { SignUpPolicy } from '../../lambdas/consent/sign-up.ts';
import { startConsentRoute } from '../../lambdas/consent/start-consent-route.ts';
import { buildAuthorizationUrl } from '../../lambdas/google/authorization-url.ts';
import type { Grant } from '../../lambdas/grants/grant.ts';
import { createCookieJar } from '../../lambdas/http/cookies.ts';
import { createHandler } from '../../lambdas/http/handler.ts';
import type { Metrics } from '../../lambdas/metrics.ts';
import { exchangeHandoffRoute } from '../../lambdas/sessions/exchange-handoff.ts';
import { type Answer, ask, locationOf, type TestRequest } from './api-event.ts';
import { bindingCipher } from './doubles/binding-cipher.ts';
import { testClock } from './doubles/clock.ts';
import { askedScopes } from './doubles/grants.ts';
import { memoryConnectLinks } from './doubles/memory-connect-links.ts';
import { type MemoryGrants, memoryGrants } from './doubles/memory-grants.ts';
import { memoryHandoffs } from './doubles/memory-handoffs.ts';
import { memoryPendingConsents } from './doubles/memory-pending-consents.ts';
import { memoryRefusedCodes } from './doubles/memory-refused-codes.ts';
import { memorySessions } from './doubles/memory-sessions.ts';
import { recordingLog } from './doubles/recording-log.ts';
import { scriptedExchange, scriptedIdTokens } from './doubles/scripted-exchange.ts';
import { numberedTokens } from './doubles/tokens.ts';

/** The site of every journey. */
export const origin = 'https://mail.example.com';

/** The applications that every journey's site works with: one on another origin, and one on phones. */
export const appOrigin = 'https://app.example.com';
export const appScheme = 'com.example.app:';

/** The authorization code that Google's redirect brings. */
export const code = '4/canary-code';

/** What makes a journey another one. */
export interface ConsentJourneyOptions {
  readonly wrapGrants?: (grants: MemoryGrants) => MemoryGrants;
  /** What is told of each grant that a consent stored or kept; where mail is not copied, nothing is. */
  readonly connected?: AnswerCallbackDependencies['connected'];
  /** Where consents are counted, as the functions count them. */
  readonly metrics?: Metrics;
  /** Who may connect; everybody, if it is left out. */
  readonly policy?: SignUpPolicy;
  /** The client that the deployment names when a consent is completed; that of its start, if it is left out. */
  readonly completedWith?: string;
  /** Whether the account has Gmail; it has, if it is left out. */
  readonly hasGmail?: AnswerCallbackDependencies['hasGmail'];
}

/** Both ends of a consent over stores in memory and a scripted Google. */
export function consentJourney(options: ConsentJourneyOptions = {}) {
  const {
    wrapGrants = (store) => store,
    connected,
    metrics = () => {},
    policy = { signUp: 'open' as const, signUpDomains: [] },
    hasGmail = async () => true,
    completedWith = 'client-1',
  } = options;
  const clock = testClock();
  const cipher = bindingCipher();
  const log = recordingLog();
  const pendingConsents = memoryPendingConsents();
  const sessions = memorySessions();
  const handoffs = memoryHandoffs();
  const refusedCodes = memoryRefusedCodes();
  const grants = wrapGrants(memoryGrants());
  const google = scriptedExchange();
  const cookies = createCookieJar(origin);
  const scopes = [...askedScopes];
  const origins = {
    origin,
    allowedReturnOrigins: [
      ...[appOrigin, `${appOrigin}/home`, `${appOrigin}/home?tab=2`, 'http://localhost:5173'],
      ...[appScheme, `${appScheme}/done`, `${appScheme}/done?tab=2`],
    ],
  };
  const completion = {
    ...policy,
    clientId: completedWith,
    ...{ pendingConsents, refusedCodes, sessions, grants, cipher, google, hasGmail, clock },
    idTokens: scriptedIdTokens,
    links: memoryConnectLinks(),
    newId: numberedTokens('id'),
    connected: countStored(connected ?? (async () => {}), metrics),
  };
  const start = createHandler(
    startConsentRoute({
      ...origins,
      ...{ pendingConsents, sessions, cipher, scopes, cookies, clock },
      grantStatus: async (accountId) => grants.rows.get(accountId)?.status,
      clientId: google.client,
      buildAuthorizationUrl: (request) =>
        buildAuthorizationUrl(request, {
          authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
          redirectUri: `${origin}/auth/callback`,
        }),
      newToken: numberedTokens('token'),
      authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
    }),
    { origin, log },
  );
  const issuer = 'https://accounts.google.com';
  const wait = async (milliseconds: number) => clock.pass(milliseconds);
  const complete = createHandler(
    countFailures(
      answerCallbackRoute({ ...completion, ...{ handoffs, cookies, issuer, origin, log, scopes, wait } }),
      metrics,
    ),
    { origin, log, redirectBrowser: problemAddress },
  );
  const completeCode = createHandler(
    countFailures(completeCodeRoute({ ...completion, ...origins }), metrics),
    { origin, log },
  );
  const exchange = createHandler(
    exchangeHandoffRoute({
      ...origins,
      ...{ handoffs, sessions, clock },
      findAccount: async (accountId) => grants.rows.get(accountId),
    }),
    { origin, log },
  );

  const open = (request: TestRequest = {}) => ask(start, 'GET /auth/login', request);
  /** Starts a consent; on the way to an application elsewhere the person presses the button of the question. */
  const login = ({ query = '', ...request }: TestRequest = {}) => {
    if ((new URLSearchParams(query).get('return_to') ?? '/').startsWith('/'))
      return open({ query, ...request });
    const form = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
    return ask(start, 'POST /auth/login', {
      ...request,
      body: query,
      headers: { ...form, ...request.headers },
    });
  };
  const url = (request: TestRequest = {}) => ask(start, 'GET /auth/url', request);

  /** Starts a consent; gives the state and the cookies of a browser that now goes to Google. */
  async function begin(request: TestRequest = {}) {
    const answer = await login(request);
    if (answer.status !== 303) throw new Error(`The consent was not started: ${answer.text}`);
    const address = locationOf(answer);
    return {
      url: address,
      state: address.searchParams.get('state') ?? '',
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

  /** A program posts the code that it got itself. */
  const postCode = (body: unknown, request: TestRequest = {}) =>
    ask(completeCode, 'POST /auth/code', jsonRequest(body, request));

  /** A backend does. */
  const postCodeSigned = (body: unknown, request: TestRequest = {}) =>
    ask(completeCode, 'POST /accounts/code', jsonRequest(body, request));

  /** An application on another origin takes its session over. */
  const postSession = (body: unknown, request: TestRequest = {}) =>
    ask(exchange, 'POST /auth/session', jsonRequest(body, request));

  return {
    ...{ clock, cipher, log, pendingConsents, refusedCodes, sessions, handoffs, grants, google, scopes },
    ...{ open, login, url, begin, callback, consent, put, postCode, postCodeSigned, postSession },
  };
}

/** A request with this JSON in its body. */
function jsonRequest(body: unknown, request: TestRequest): TestRequest {
  const headers = { 'content-type': 'application/json', ...request.headers };
  return { body: JSON.stringify(body), ...request, headers };
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
