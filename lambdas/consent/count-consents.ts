import { Problem } from '../errors.ts';
import type { Route } from '../http/handler.ts';
import { countsOf, type Metrics } from '../metrics.ts';

/** The same, counted: consents whose grant was stored or kept, and of which all were told who must be. */
export function countStored<Stored extends readonly unknown[]>(
  connected: (...stored: Stored) => Promise<void>,
  metrics: Metrics,
): (...stored: Stored) => Promise<void> {
  return async (...stored) => {
    await connected(...stored);
    metrics(countsOf({ Consents: 1 }), 'stored');
  };
}

/** The same route, with the consents counted that it refuses or fails in, by the code of the problem. */
export function countFailures(route: Route, metrics: Metrics): Route {
  return async (request, run) => {
    try {
      return await route(request, run);
    } catch (error) {
      metrics(countsOf({ Consents: 1 }), error instanceof Problem ? error.code : 'internal_error');
      throw error;
    }
  };
}
