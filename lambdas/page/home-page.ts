import { Problem } from '../errors.ts';
import { type GrantSummary, shownStatus } from '../grants/mailbox-status.ts';
import type { Route } from '../http/handler.ts';
import { htmlPage } from '../http/html.ts';
import { loginUrl } from '../http/problem-response.ts';
import { type HttpRequest, wantsPage } from '../http/request.ts';
import { file, page, staticFile } from '../http/response.ts';
import { returnToOrHome } from '../http/return-to.ts';
import { readSession, type SessionReading } from '../sessions/read-session.ts';
import {
  disconnectedPage,
  isDisconnectOutcome,
  mailPage,
  type WelcomePage,
  welcomePage,
} from './home-views.ts';

interface HomePageDependencies extends SessionReading {
  readonly grantSummary: (accountId: string) => Promise<GrantSummary | undefined>;
  readonly scopes: readonly string[];
  /** What the scopes allow, in words that complete “It will be able to …”. */
  readonly wordsForScopes: (scopes: readonly string[]) => readonly string[];
  /** Who may connect a mailbox without an invitation. */
  readonly signUp: WelcomePage['signUp'];
  readonly origin: string;
  readonly script: string;
  readonly style: string;
}

/**
 * The start page: describes the product, or shows the signed-in user's mail. The page's script fills the frame, through
 * the same API as other callers. This route also answers every path without a route.
 *
 * @throws Problem `not_found` for such a path
 */
export function homePageRoute(dependencies: HomePageDependencies): Route {
  const { origin, scopes, signUp, wordsForScopes } = dependencies;
  const style = staticFile('text/css', dependencies.style);
  const script = staticFile('text/javascript', dependencies.script);
  const frame = { style: `/page.css?v=${style.hash}`, calm: false };
  return async (request) => {
    if (request.routeKey === 'GET /page.js') return file(request, script);
    if (request.routeKey === 'GET /page.css') return file(request, style);
    if (request.routeKey !== 'GET /') throw unknownPath(request);
    const grant = await grantOfCaller(request, dependencies);
    const how = request.query.get('disconnected') ?? '';
    if (grant === undefined && isDisconnectOutcome(how)) {
      return page(200, htmlPage('Disconnected · Gmail offline access', disconnectedPage(how)));
    }
    const login = loginUrl(origin, ownAddress(request));
    if (grant === undefined) {
      const words = wordsForScopes(scopes);
      return page(200, htmlPage('Gmail offline access', welcomePage({ login, words, signUp }), frame));
    }
    const body = mailPage({
      grant,
      login,
      status: shownStatus(grant, scopes),
      words: wordsForScopes(grant.scopes),
    });
    const withScript = { ...frame, script: `/page.js?v=${script.hash}` };
    return page(200, htmlPage('Mail · Gmail offline access', body, withScript));
  };
}

async function grantOfCaller(
  request: HttpRequest,
  dependencies: HomePageDependencies,
): Promise<GrantSummary | undefined> {
  const presented = await readSession(request, dependencies);
  if (presented?.state !== 'live') return undefined;
  const { accountId, generation } = presented.session;
  const grant = await dependencies.grantSummary(accountId);
  return grant?.generation === generation ? grant : undefined;
}

function unknownPath(request: HttpRequest): Problem {
  const detail = wantsPage(request)
    ? 'This site has no page at this address. Check the address, or go to the start page.'
    : 'This site has no route with this method and path: GET /openapi.json lists them all.';
  return new Problem('not_found', { detail });
}

/** The search is part of the address, so that a consent returns to it. */
function ownAddress({ query }: HttpRequest): string {
  return query.size === 0 ? '/' : returnToOrHome(`/?${query}`);
}
