import { problemPageQuery } from '../api/requests/consent.ts';
import { isProblemCode, Problem } from '../errors.ts';
import type { Origins } from '../http/allowed-origins.ts';
import type { CookieJar } from '../http/cookies.ts';
import type { Route } from '../http/handler.ts';
import { invalidState } from '../http/invalid-state.ts';
import { problemResponse } from '../http/problem-response.ts';
import { parseQuery } from '../http/query.ts';
import { seeOther } from '../http/response.ts';
import { returnTargetOrHome } from '../http/return-to.ts';

/**
 * The page to which a failed callback redirects: the problem in words, a button to start again, and no authorization
 * code in the address bar. It only shows what its address says, so it logs no error.
 */
export function problemPageRoute({
  origin,
  allowedReturnOrigins,
  cookies,
}: Origins & { readonly cookies: CookieJar }): Route {
  return async (request) => {
    const { problem, invited } = parseQuery(request, problemPageQuery);
    if (problem === undefined) return seeOther('/');
    if (!isProblemCode(problem)) {
      throw new Problem('invalid_request', { detail: 'This page needs the code of a problem.' });
    }
    const way = returnTargetOrHome(request.query, allowedReturnOrigins);
    const { options } = problem === 'invalid_state' ? invalidState(request, cookies) : new Problem(problem);
    const shown = new Problem(problem, { ...options, ...way, invited, offerConsent: true });
    return problemResponse(shown, request, origin);
  };
}
