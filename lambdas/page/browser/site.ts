import { createClient } from '../../client/client.ts';

/** The site's API, called with the browser's cookie. The signal aborts the client's calls. */
export function site(signal?: AbortSignal) {
  return createClient({
    site: location.origin,
    fetch: (address, options) => fetch(address, signal === undefined ? options : { ...options, signal }),
  });
}
