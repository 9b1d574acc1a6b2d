import { isAppScheme, originOf } from '../lambdas/http/foreign-address.ts';

/** The CORS configuration of an HTTP API. */
export interface Cors {
  readonly origins: readonly string[];
  readonly methods: readonly ('GET' | 'POST' | 'DELETE')[];
  readonly requestHeaders: readonly string[];
  readonly exposedHeaders: readonly string[];
  /** The seconds for which a browser may cache a preflight. */
  readonly maxAge: number;
}

/**
 * Allows calls from the web origins to which a consent may lead. Never with credentials: their pages have a Bearer
 * token, and only the site's own pages use the cookie. Schemes of apps are not origins of pages.
 */
export function corsOf(allowedReturnOrigins: readonly string[]): Cors | undefined {
  const origins = [...new Set(allowedReturnOrigins.map(originOf))].filter((origin) => !isAppScheme(origin));
  if (origins.length === 0) return undefined;
  return {
    origins,
    methods: ['GET', 'POST', 'DELETE'],
    requestHeaders: ['authorization', 'content-type'],
    exposedHeaders: ['x-request-id', 'retry-after'],
    maxAge: 600,
  };
}
