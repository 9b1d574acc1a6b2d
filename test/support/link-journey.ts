import { answerCallbackRoute, problemAddress } from '../../lambdas/consent/answer-callback.ts';
import type { ConnectLink } from '../../lambdas/consent/connect-link.ts';
import { followConnectLinkRoute } from '../../lambdas/consent/follow-connect-link.ts';
import { showConnectLinkRoute } from '../../lambdas/consent/show-connect-link.ts';
import type { SignUpPolicy } from '../../lambdas/consent/sign-up.ts';
import { buildAuthorizationUrl } from '../../lambdas/google/authorization-url.ts';
import type { Grant } from '../../lambdas/grants/grant.ts';
import { createCookieJar } from '../../lambdas/http/cookies.ts';
import { byRouteKey, createHandler } from '../../lambdas/http/handler.ts';
import { hashOf } from '../../lambdas/secrets.ts';
import { type Answer, ask, browserHeaders, locationOf, type TestRequest } from './api-event.ts';
import { code, cookiesOf, origin } from './consent-journey.ts';
import { bindingCipher } from './doubles/binding-cipher.ts';
import { testClock, testStart } from './doubles/clock.ts';
import { askedScopes } from './doubles/grants.ts';
import { type MemoryConnectLinks, memoryConnectLinks } from './doubles/memory-connect-links.ts';
import { type MemoryGrants, memoryGrants } from './doubles/memory-grants.ts';
import { memoryPendingConsents } from './doubles/memory-pending-consents.ts';
import { memoryRefusedCodes } from './doubles/memory-refused-codes.ts';
import { memorySessions } from './doubles/memory-sessions.ts';
import { recordingLog } from './doubles/recording-log.ts';
import { scriptedExchange } from './doubles/scripted-exchange.ts';
import { numberedTokens, tokenNamed } from './doubles/tokens.ts';

/** Where Google asks for consent. */
export const authorizationEndpoint = 'https://accounts.google.com/o/oauth2/v2/auth';

/** The secret of every journey's link. */
export const linkSecret = tokenNamed('link');

/** The cookies of a browser. */
export type Cookies = Readonly<Record<string, string>>;

/** What makes a journey another one. */
export interface LinkJourneyOptions {
  readonly link?: Partial<ConnectLink>;
  readonly policy?: SignUpPolicy;
  readonly wrapGrants?: (grants: MemoryGrants) => MemoryGrants;
  readonly wrapLinks?: (links: MemoryConnectLinks) => MemoryConnectLinks;
  readonly connected?: (grant: Pick<Grant, 'accountId' | 'generation'>) => Promise<void>;
}

/** From a connect link to the grant, over stores in memory and a scripted Google, where strangers are not let in. */
export function linkJourney(options: LinkJourneyOptions = {}) {
  const {
    policy = { signUp: 'links-only', signUpDomains: [] },
    wrapGrants = (store) => store,
    wrapLinks = (store) => store,
    connected,
  } = options;
  const clock = testClock();
  const cipher = bindingCipher();
  const log = recordingLog();
  const pendingConsents = memoryPendingConsents();
  const sessions = memorySessions();
  const grants = wrapGrants(memoryGrants());
  const link: ConnectLink = {
    linkId: hashOf(linkSecret),
    owner: 'tenant-1',
    requester: 'Example Ltd',
    returnTo: '/mailbox',
    expiresAt: testStart + 86_400_000,
    ...options.link,
  };
  const links = wrapLinks(memoryConnectLinks(link));
  const google = scriptedExchange();
  const cookies = createCookieJar(origin);
  const scopes = [...askedScopes];
  const newToken = numberedTokens('token');
  const allowedReturnOrigins = ['https://app.example.com'];
  const connect = createHandler(
    byRouteKey({
      'GET /connect': showConnectLinkRoute({
        links,
        cookies,
        scopes,
        authorizationEndpoint,
        clock,
        newToken,
      }),
      'POST /connect': followConnectLinkRoute({
        links,
        cookies,
        origin,
        allowedReturnOrigins,
        pendingConsents,
        cipher,
        clientId: google.client,
        buildAuthorizationUrl: (request) =>
          buildAuthorizationUrl(request, {
            authorizationEndpoint,
            redirectUri: `${origin}/auth/callback`,
          }),
        scopes,
        clock,
        newToken,
      }),
    }),
    { origin, log },
  );
  const complete = createHandler(
    answerCallbackRoute({
      ...policy,
      clientId: google.client,
      pendingConsents,
      sessions,
      handoffs: { put: () => Promise.reject(new Error('No link leads to a handoff.')) },
      grants,
      links,
      cipher,
      google,
      hasGmail: async () => true,
      refusedCodes: memoryRefusedCodes(),
      cookies,
      issuer: 'https://accounts.google.com',
      origin,
      log,
      scopes,
      clock,
      wait: async (milliseconds) => clock.pass(milliseconds),
      newId: numberedTokens('id'),
      ...(connected && { connected }),
    }),
    { origin, log, redirectBrowser: problemAddress },
  );

  /** Opens the link as a browser does that comes from elsewhere. */
  const open = (browser: Cookies = {}, request: TestRequest = {}): Promise<Answer> =>
    ask(connect, 'GET /connect', {
      query: `link=${linkSecret}`,
      headers: { ...browserHeaders, 'sec-fetch-site': 'cross-site' },
      cookies: browser,
      ...request,
    });

  /** Presses the button of its page. */
  const press = (browser: Cookies, request: TestRequest = {}): Promise<Answer> =>
    ask(connect, 'POST /connect', {
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
      },
      body: `link=${linkSecret}`,
      cookies: browser,
      ...request,
    });

  /** A browser that has opened the link and pressed: its cookies, and the state it took to Google. */
  async function begin(before: Cookies = {}): Promise<{ browser: Cookies; state: string; url: URL }> {
    const browser = { ...before, ...cookiesOf(await open(before)) };
    const answer = await press(browser);
    if (answer.status !== 303) throw new Error(`The link was not followed: ${answer.text}`);
    const url = locationOf(answer);
    return { browser, state: url.searchParams.get('state') ?? '', url };
  }

  /** Comes back from Google. */
  const callback = (
    { browser, state }: { browser: Cookies; state: string },
    query: Readonly<Record<string, string>> = { code },
    request: TestRequest = {},
  ): Promise<Answer> =>
    ask(complete, 'GET /auth/callback', {
      ...request,
      cookies: browser,
      query: new URLSearchParams({ state, ...query }).toString(),
    });

  return {
    ...{ clock, cipher, log, pendingConsents, sessions, grants, links, link, google },
    ...{ open, press, begin, callback },
  };
}
