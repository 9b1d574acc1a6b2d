import type { ConnectLink } from '../api/answers.ts';
import { parseJsonBody } from '../http/body.ts';
import type { Route } from '../http/handler.ts';
import { json } from '../http/response.ts';
import { hashOf, randomToken, type TokenSource } from '../secrets.ts';
import type { ConnectLinkStore } from './connect-link.ts';
import { connectLinkOrder } from './connect-link-order.ts';
import { namedOwner } from './named-owner.ts';

export interface CreateConnectLinkDependencies {
  readonly links: Pick<ConnectLinkStore, 'put'>;
  readonly origin: string;
  /** Where a consent may lead back to besides this site. */
  readonly allowedReturnOrigins: readonly string[];
  readonly clock?: () => number;
  readonly newToken?: TokenSource;
}

/**
 * Makes a connect link for a team's backend, which hands it to the person whose mailbox it wants. The link's secret is
 * in the answer and nowhere else.
 */
export function createConnectLinkRoute(dependencies: CreateConnectLinkDependencies): Route {
  const { links, origin, allowedReturnOrigins, clock = Date.now, newToken = randomToken } = dependencies;
  const order = connectLinkOrder(allowedReturnOrigins);
  return async (request) => {
    const { expiresInSeconds, requester, ...invited } = parseJsonBody(request, order);
    // Refuses a request that nobody signed, and an owner outside the one that the backend stays within.
    namedOwner(request, invited.owner);
    const token = newToken();
    // On a whole second, which is what the table keeps.
    const expiresAt = (Math.floor(clock() / 1000) + expiresInSeconds) * 1000;
    await links.put({
      ...invited,
      linkId: hashOf(token),
      requester: requester ?? new URL(origin).host,
      expiresAt,
    });
    const url = new URL('/connect', origin);
    url.searchParams.set('link', token);
    return json<ConnectLink>(201, { url: url.href, expiresAt: new Date(expiresAt).toISOString() });
  };
}
