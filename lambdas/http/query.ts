import * as v from 'valibot';
import { Problem } from '../errors.ts';
import { isBackendRoute } from './backend-route.ts';
import type { HttpRequest } from './request.ts';

/** For a route that takes no parameter; on a backend route, none but `owner`, so that a misspelt one is no wider question. */
export const noParameters = v.strictObject({}, 'is not known');

/**
 * Reads the query by a schema in which every parameter is a list of the values it was given.
 *
 * @throws Problem `invalid_request`, naming everything that is wrong.
 */
export function parseQuery<S extends v.GenericSchema<unknown, unknown>>(
  request: HttpRequest,
  schema: S,
): v.InferOutput<S> {
  // On a backend route it says who is asked for, not what.
  const ownerIsApart = isBackendRoute(request.routeKey);
  const names = [...new Set(request.query.keys())].filter((name) => name !== 'owner' || !ownerIsApart);
  const lists = Object.fromEntries(names.map((name) => [name, request.query.getAll(name)]));
  const result = v.safeParse(schema, lists);
  if (result.success) return result.output;
  const faults = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'query'} ${issue.message}`);
  throw new Problem('invalid_request', { detail: `Query parameters: ${[...new Set(faults)].join('; ')}.` });
}
