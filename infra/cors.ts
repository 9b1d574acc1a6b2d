import { isAppScheme, originOf } from '../lambdas/http/foreign-address.ts';

/** What pages of other origins may do with the site, as API Gateway's HTTP APIs are configured. */
export interface Cors {
  readonly origins: readonly string[];
  readonly methods: readonly ('GET' | 'POST' | 'DELETE')[];
  readonly requestHeaders: readonly string[];
  readonly exposedHeaders: readonly string[];
  /** For how many seconds a browser may keep what it was told. */
  readonly maxAge: number;
}

/**
 * Lets the web origins to which a consent may lead call, too. Never with credentials: their pages carry a Bearer token,
 * and the cookie stays with the site's own.
 *
 * @returns undefined where there is none; the schemes of apps are no origins of pages
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
