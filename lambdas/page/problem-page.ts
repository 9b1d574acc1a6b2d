import * as v from 'valibot';
import { isProblemCode, needsConsent, Problem } from '../errors.ts';
import type { Route } from '../http/handler.ts';
import { once, parseQuery } from '../http/query.ts';
import { returnToOrHome } from '../http/return-to.ts';

const query = v.object({
  problem: v.optional(once, ['']),
  return_to: v.optional(once, ['/']),
});

/** The page a failed callback leads to: the problem in words, and no authorization code in the address bar. */
export const problemPageRoute: Route = async (request) => {
  const { problem, return_to } = parseQuery(request, query);
  if (!isProblemCode(problem)) {
    throw new Problem('invalid_request', { detail: 'This page needs the code of a problem.' });
  }
  throw new Problem(problem, {
    offerConsent: needsConsent(problem) || return_to !== '/',
    returnTo: returnToOrHome(return_to),
  });
};
