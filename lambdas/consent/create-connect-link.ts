import * as v from 'valibot';
import { connectLinkOrder } from '../api/requests/accounts.ts';
import { Problem } from '../errors.ts';
import type { Origins } from '../http/allowed-origins.ts';
import { parseJsonBody } from '../http/body.ts';
import type { Route } from '../http/handler.ts';
import { answer } from '../http/response.ts';
import { parseReturnTo } from '../http/return-to.ts';
import { hashOf, randomToken, type TokenSource } from '../secrets.ts';
import type { ConnectLinkStore } from './connect-link.ts';
import { namedOwner } from './named-owner.ts';

interface CreateConnectLinkDependencies extends Origins {
  readonly links: Pick<ConnectLinkStore, 'put'>;
  readonly clock?: () => number;
  readonly newToken?: TokenSource;
}

/**
 * Creates a connect link for a team's backend, which gives it to the user whose mailbox is wanted. The link's secret
 * exists only in the response.
 */
export function createConnectLinkRoute(dependencies: CreateConnectLinkDependencies): Route {
  const { links, origin, allowedReturnOrigins, clock = Date.now, newToken = randomToken } = dependencies;
  const order = connectLinkOrder(returnAddress(allowedReturnOrigins));
  return async (request) => {
    const { expiresInSeconds, requester, ...invited } = parseJsonBody(request, order);
    // Refuses an unsigned request, and an owner other than the one that the backend limits itself to.
    namedOwner(request, invited.owner);
    const token = newToken();
    // A whole second, because the table stores seconds.
    const expiresAt = (Math.floor(clock() / 1000) + expiresInSeconds) * 1000;
    await links.put({
      ...invited,
      linkId: hashOf(token),
      requester: requester ?? new URL(origin).host,
      expiresAt,
    });
    const url = new URL('/connect', origin);
    url.searchParams.set('link', token);
    return answer<'POST /accounts/connect-links'>(201, {
      url: url.href,
      expiresAt: new Date(expiresAt).toISOString(),
    });
  };
}

const returnWords = 'must be a path of this site outside /auth or an address under an allowed return origin';

function returnAddress(allowedReturnOrigins: readonly string[]) {
  return v.pipe(
    v.string(returnWords),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      try {
        return parseReturnTo(dataset.value, allowedReturnOrigins);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        addIssue({ message: error.message.replace(/^return_to (.*)\.$/, '$1') });
        return NEVER;
      }
    }),
  );
}
