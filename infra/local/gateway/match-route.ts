import { deployedRoutes } from '../../routes.ts';

/** The route table: the `<METHOD> <path>` keys of each function. */
export type RouteTable = Readonly<Record<string, readonly string[]>>;

/** The matching route of a request. */
export interface RouteMatch {
  readonly functionName: string;
  /** As in the table, such as `GET /messages/{id}`. */
  readonly routeKey: string;
  /** Decoded; undefined for a route without path parameters. */
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
}

/**
 * Finds the route of a request. A literal path takes precedence over one with parameters, and that over a greedy one. A
 * parameter matches one segment that is not empty; a greedy one such as `{proxy+}` matches the rest.
 *
 * @param path as sent, still percent-encoded
 * @returns undefined if no route matches
 */
export function matchRoute(
  method: string,
  path: string,
  table: RouteTable = deployedRoutes,
): RouteMatch | undefined {
  const matches = Object.entries(table).flatMap(([functionName, keys]) =>
    keys.flatMap((routeKey) => {
      const [routeMethod = '', routePath = ''] = routeKey.split(' ');
      const parameters = routeMethod === method ? readPath(routePath, path) : undefined;
      return parameters === undefined ? [] : [{ functionName, routeKey, parameters }];
    }),
  );
  const rank = ({ routeKey, parameters }: (typeof matches)[number]) =>
    routeKey.endsWith('+}') ? Number.POSITIVE_INFINITY : parameters.length;
  const [best] = matches.sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
  if (best === undefined) return undefined;
  const { functionName, routeKey, parameters } = best;
  const pathParameters = parameters.length === 0 ? undefined : Object.fromEntries(parameters);
  return { functionName, routeKey, pathParameters };
}

function readPath(routePath: string, path: string): [name: string, value: string][] | undefined {
  const expected = routePath.split('/');
  const actual = path.split('/');
  const isGreedy = routePath.endsWith('+}');
  if (isGreedy) actual.push(actual.splice(expected.length - 1).join('/'));
  if (expected.length !== actual.length) return undefined;
  const parameters: [string, string][] = [];
  for (const [index, segment] of expected.entries()) {
    const value = actual[index] ?? '';
    const name = /^\{(.+?)\+?\}$/.exec(segment)?.[1];
    if (name === undefined ? segment !== value : value === '') return undefined;
    if (name !== undefined) parameters.push([name, decodeURIComponent(value)]);
  }
  return parameters;
}
