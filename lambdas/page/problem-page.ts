import * as v from 'valibot';
import { isProblemCode, Problem } from '../errors.ts';
import type { Route } from '../http/handler.ts';
import { problemResponse } from '../http/problem-response.ts';
import { once, parseQuery } from '../http/query.ts';
import { returnToOrHome } from '../http/return-to.ts';

const query = v.object({
  problem: v.optional(once, ['']),
  return_to: v.optional(once, ['/']),
});

/**
 * The page a failed callback leads to: the problem in words, the way to start again, and no authorization code in the
 * address bar. It only
 * shows what its address says: nothing has gone wrong here, and nothing is logged as if it had.
 */
export function problemPageRoute({ origin }: { readonly origin: string }): Route {
  return async (request) => {
    const { problem, return_to } = parseQuery(request, query);
    if (!isProblemCode(problem)) {
      throw new Problem('invalid_request', { detail: 'This page needs the code of a problem.' });
    }
    const returnTo = returnToOrHome(return_to);
    return problemResponse(new Problem(problem, { returnTo, offerConsent: true }), request, origin);
  };
}
