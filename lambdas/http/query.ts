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
  const values = valuesOf(request.query);
  // On a backend route, requestedOwner reads it.
  if (isBackendRoute(request.routeKey)) delete values['owner'];
  return parseInput(values, schema, 'Query parameters');
}

/**
 * Parses a part of a request.
 *
 * @throws Problem `invalid_request`, naming every fault but no value.
 */
export function parseInput<S extends v.GenericSchema<unknown, unknown>>(
  value: unknown,
  schema: S,
  part: 'Query parameters' | 'Body',
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const faults = result.issues.map(
    (issue) => `${v.getDotPath(issue) ?? (part === 'Body' ? 'body' : 'query')} ${issue.message}`,
  );
  throw new Problem('invalid_request', { detail: `${part}: ${[...new Set(faults)].join('; ')}.` });
}

/** The parameters of a query or form by name, each with all its values. */
export function valuesOf(parameters: URLSearchParams): Record<string, string[]> {
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name)]));
}
