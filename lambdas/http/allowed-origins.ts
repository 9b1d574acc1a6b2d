import { isAppScheme, originOf } from './foreign-address.ts';
import type { HttpRequest } from './request.ts';

/** Where this site lives, and who else may work with it. */
export interface Origins {
  readonly origin: string;
  /**
   * Web origins such as `https://app.example.com`, schemes of apps such as `com.example.app:`, and addresses under either.
   */
  readonly allowedReturnOrigins: readonly string[];
}

/**
 * Whether the request may come from where it says it comes from: a page of this site, a page of an allowed web origin,
 * or a program that is no browser and says nothing. A browser names the origin of every request that can read an
 * answer across origins, or that changes something.
 */
export function isAllowedCaller(request: HttpRequest, { origin, allowedReturnOrigins }: Origins): boolean {
  const caller = request.headers['origin'];
  if (caller === undefined) return request.headers['sec-fetch-site'] !== 'cross-site';
  return caller === origin || (!isAppScheme(caller) && allowedReturnOrigins.map(originOf).includes(caller));
}
