import { Problem } from '../errors.ts';
import type { Route } from './handler.ts';

/** One route made of several, for a function that answers more than one: the route's key decides. */
export function byRouteKey(routes: Readonly<Record<string, Route>>): Route {
  return async (request, run) => {
    const route = routes[request.routeKey];
    // The table of routes leads nothing else here.
    if (route === undefined) throw new Problem('misconfigured');
    return route(request, run);
  };
}
