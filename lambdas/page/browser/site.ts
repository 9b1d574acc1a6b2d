import { createClient } from '../../client/client.ts';

/** The site's own API, as a person's browser asks it, with its cookie. The client's calls end when the signal says so. */
export function site(signal?: AbortSignal) {
  return createClient({
    site: location.origin,
    fetch: (address, options) => fetch(address, signal === undefined ? options : { ...options, signal }),
  });
}
