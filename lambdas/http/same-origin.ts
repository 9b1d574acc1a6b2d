import { Problem } from '../errors.ts';
import type { HttpRequest } from './request.ts';

/**
 * A cookie alone never suffices to change anything: the request must come from a page of this site. Browsers say
 * so in `Sec-Fetch-Site`, older ones in `Origin`; a request that says neither is refused.
 *
 * @throws Problem `cross_site`.
 */
export function requireSameOrigin(request: HttpRequest, origin: string): void {
  const fetchSite = request.headers['sec-fetch-site'];
  const sameOrigin =
    fetchSite === undefined ? request.headers['origin'] === origin : fetchSite === 'same-origin';
  if (!sameOrigin) throw new Problem('cross_site');
}
