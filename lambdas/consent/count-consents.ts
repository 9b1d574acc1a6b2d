import { Problem } from '../errors.ts';
import type { Route } from '../http/handler.ts';
import { countsOf, type Metrics } from '../metrics.ts';

/** Wraps `connected` to count stored or kept grants once it has succeeded. */
export function countStored<Stored extends readonly unknown[]>(
  connected: (...stored: Stored) => Promise<void>,
  metrics: Metrics,
): (...stored: Stored) => Promise<void> {
  return async (...stored) => {
    await connected(...stored);
    metrics(countsOf({ Consents: 1 }), 'stored');
  };
}

/** Wraps a route to count refused and failed consents by problem code. */
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
