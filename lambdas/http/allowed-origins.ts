import { isAppScheme, originOf } from './foreign-address.ts';
import type { HttpRequest } from './request.ts';

/** The origin of this site, and the origins that may call it or receive its users. */
export interface Origins {
  readonly origin: string;
  /**
   * Web origins such as `https://app.example.com`, schemes of apps such as `com.example.app:`, and URLs under either.
   */
  readonly allowedReturnOrigins: readonly string[];
}

/**
 * Whether the caller's origin is allowed: a page of this site, a page of an allowed web origin, or a program that is
 * not a browser and sends no `Origin`. A browser sends `Origin` with every request that changes something or can read a
 * response across origins.
 */
export function isAllowedCaller(request: HttpRequest, { origin, allowedReturnOrigins }: Origins): boolean {
  const caller = request.headers['origin'];
  if (caller === undefined) return request.headers['sec-fetch-site'] !== 'cross-site';
  return caller === origin || (!isAppScheme(caller) && allowedReturnOrigins.map(originOf).includes(caller));
}
