import * as v from 'valibot';
import { Problem } from '../errors.ts';
import { isBackendRoute } from './backend-route.ts';
import type { HttpRequest } from './request.ts';

/**
 * For a route without parameters. A backend route still accepts `owner`. A misspelt `owner` is refused, because
 * ignoring it would widen the query.
 */
export const noParameters = v.strictObject({}, 'is not known');

/**
 * Parses the query by a schema in which every parameter is the list of its values.
 *
 * @throws Problem `invalid_request`, naming every fault.
 */
export function parseQuery<S extends v.GenericSchema<unknown, unknown>>(
  request: HttpRequest,
  schema: S,
): v.InferOutput<S> {
  // On a backend route, requestedOwner reads it.
  const ownerIsApart = isBackendRoute(request.routeKey);
  const names = [...new Set(request.query.keys())].filter((name) => name !== 'owner' || !ownerIsApart);
  const lists = Object.fromEntries(names.map((name) => [name, request.query.getAll(name)]));
  const result = v.safeParse(schema, lists);
  if (result.success) return result.output;
  const faults = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'query'} ${issue.message}`);
  throw new Problem('invalid_request', { detail: `Query parameters: ${[...new Set(faults)].join('; ')}.` });
}
