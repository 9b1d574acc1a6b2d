import { namedLink } from '../api/requests/consent.ts';
import { Problem } from '../errors.ts';
import type { Origins } from '../http/allowed-origins.ts';
import { parseFormBody } from '../http/body.ts';
import type { CookieJar } from '../http/cookies.ts';
import type { Route } from '../http/handler.ts';
import { seeOther } from '../http/response.ts';
import { returnToOrHome } from '../http/return-to.ts';
import { requireSameOrigin } from '../http/same-origin.ts';
import { hashOf } from '../secrets.ts';
import { type ConnectLinkStore, invalidLink } from './connect-link.ts';
import { type ConsentStart, startConsent } from './start-consent.ts';

interface FollowConnectLinkDependencies extends ConsentStart, Origins {
  readonly links: Pick<ConnectLinkStore, 'bind'>;
  readonly cookies: CookieJar;
}

/**
 * The button of a connect link's page: binds the link to this browser, starts the invited consent and redirects to
 * Google. The same browser may press it again until a consent through the link is stored.
 *
 * @returns a route that throws Problem `cross_site`, `invalid_request`, `invalid_link`, and what starting a consent
 *   throws.
 */
export function followConnectLinkRoute(dependencies: FollowConnectLinkDependencies): Route {
  const { links, cookies, origin, allowedReturnOrigins, clock = Date.now } = dependencies;
  return async (request) => {
    requireSameOrigin(request, origin);
    const { link: token } = parseFormBody(request, namedLink);
    const browser = cookies.read(request, 'login');
    // A browser without a cookie now will have none at the end either, and the link could not be bound.
    if (browser === undefined) {
      throw new Problem('invalid_request', {
        detail: 'Your browser does not store this site’s cookies. Allow them and open the link again.',
      });
    }
    const link = await links.bind(hashOf(token), hashOf(browser), clock());
    if (link === undefined) throw invalidLink();
    const { linkId, owner, email, accountId } = link;
    const { authorizationUrl } = await startConsent(
      {
        browser,
        invitation: { linkId, owner, email },
        expectedAccountId: accountId,
        loginHint: email ?? accountId,
        // The allowed origins may have changed since the link was created.
        returnTo: returnToOrHome(link.returnTo, allowedReturnOrigins),
      },
      dependencies,
    );
    return seeOther(authorizationUrl, [cookies.write('login', browser)]);
  };
}
