import { namedLink } from '../api/requests/consent.ts';
import type { CookieJar } from '../http/cookies.ts';
import type { Route } from '../http/handler.ts';
import { parseQuery } from '../http/query.ts';
import { formPage } from '../http/response.ts';
import { hashOf, isSameSecret, randomToken, type TokenSource } from '../secrets.ts';
import { type ConnectLinkStore, invalidLink } from './connect-link.ts';
import { connectPage } from './connect-page.ts';

export interface ShowConnectLinkDependencies {
  readonly links: Pick<ConnectLinkStore, 'find'>;
  readonly cookies: CookieJar;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
  /** Where the page's button leads in the end. */
  readonly authorizationEndpoint: string;
  readonly clock?: () => number;
  readonly newToken?: TokenSource;
}

/**
 * Shows what a connect link is about. It changes nothing, since programs open links before people do. The browser gets
 * its login cookie, so that it has one to be bound by when the button is pressed.
 *
 * @returns A route that throws Problem `invalid_link`.
 */
export function showConnectLinkRoute(dependencies: ShowConnectLinkDependencies): Route {
  const { links, cookies, scopes, authorizationEndpoint } = dependencies;
  const { clock = Date.now, newToken = randomToken } = dependencies;
  const { protocol, origin } = new URL(authorizationEndpoint);
  // Browsers hold the whole chain of redirects to it, and a Workspace may have Google send people on to a sign-in of its own.
  const leadsTo = [protocol === 'https:' ? protocol : origin];
  return async (request) => {
    const { link: token } = parseQuery(request, namedLink);
    const link = await links.find(hashOf(token));
    const browser = cookies.read(request, 'login') ?? newToken();
    const isFree = link?.browserHash === undefined || isSameSecret(link.browserHash, hashOf(browser));
    if (link === undefined || link.expiresAt <= clock() || !isFree) throw invalidLink();
    return formPage(connectPage({ link, token, scopes }), {
      leadsTo,
      cookies: [cookies.write('login', browser)],
    });
  };
}
