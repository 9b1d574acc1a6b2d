import { namedLink } from '../api/requests/consent.ts';
import type { CookieJar } from '../http/cookies.ts';
import type { Route } from '../http/handler.ts';
import { parseQuery } from '../http/query.ts';
import { formPage } from '../http/response.ts';
import { hashOf, isSameSecret, randomToken, type TokenSource } from '../secrets.ts';
import { type ConnectLinkStore, invalidLink } from './connect-link.ts';
import { connectPage } from './connect-page.ts';
import { consentTarget } from './start-consent.ts';

interface ShowConnectLinkDependencies {
  readonly links: Pick<ConnectLinkStore, 'find'>;
  readonly cookies: CookieJar;
  readonly scopes: readonly string[];
  readonly authorizationEndpoint: string;
  readonly clock?: () => number;
  readonly newToken?: TokenSource;
}

/**
 * Shows a connect link's page. It changes nothing, because programs open links before users do. The browser gets its
 * login cookie, so that the button can bind the link to it.
 *
 * @returns a route that throws Problem `invalid_link`.
 */
export function showConnectLinkRoute(dependencies: ShowConnectLinkDependencies): Route {
  const { links, cookies, scopes, clock = Date.now, newToken = randomToken } = dependencies;
  const redirectTargets = [consentTarget(dependencies.authorizationEndpoint)];
  return async (request) => {
    const { link: token } = parseQuery(request, namedLink);
    const link = await links.find(hashOf(token));
    const browser = cookies.read(request, 'login') ?? newToken();
    const isFree = link?.browserHash === undefined || isSameSecret(link.browserHash, hashOf(browser));
    if (link === undefined || link.expiresAt <= clock() || !isFree) throw invalidLink();
    return formPage(connectPage({ link, token, scopes }), {
      redirectTargets,
      cookies: [cookies.write('login', browser)],
    });
  };
}
