import { Problem } from '../errors.ts';
import type { Route } from './handler.ts';

/** Dispatches by route key, for a function that serves several routes. */
export function byRouteKey(routes: Readonly<Record<string, Route>>): Route {
  return async (request, run) => {
    const route = routes[request.routeKey];
    // The route table sends no other route here.
    if (route === undefined) throw new Problem('misconfigured');
    return route(request, run);
  };
}
