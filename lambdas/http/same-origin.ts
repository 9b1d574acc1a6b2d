import { Problem } from '../errors.ts';
import type { HttpRequest } from './request.ts';

/**
 * CSRF protection: a cookie alone never authorizes a change; the request must come from a page of this site. Browsers
 * send `Sec-Fetch-Site`, older ones `Origin`. A request with neither is refused.
 *
 * @throws Problem `cross_site`.
 */
export function requireSameOrigin(request: HttpRequest, origin: string): void {
  const fetchSite = request.headers['sec-fetch-site'];
  const sameOrigin =
    fetchSite === undefined ? request.headers['origin'] === origin : fetchSite === 'same-origin';
  if (!sameOrigin) throw new Problem('cross_site');
}
