import { isAppScheme } from './allowed-origins.ts';
import { hasTricks, undoPercentCode } from './tricks.ts';

/** The parameter in which an application on another origin gets its handoff. */
export const handoffParameter = 'handoff';

/**
 * The allowed return origin under which an address lies: after the very origin, letter by letter, comes the path or the
 * query. So nothing that reads the address can see another host in it.
 *
 * @returns undefined when there is none, as for each path of this site.
 */
export function allowedOriginOf(
  address: string,
  allowedReturnOrigins: readonly string[],
): string | undefined {
  return allowedReturnOrigins.find((allowed) => {
    const rest = isAppScheme(allowed) ? /^\// : /^([/?]|$)/;
    return address.startsWith(allowed) && rest.test(address.slice(allowed.length));
  });
}

/**
 * Reads an address that lies under this origin, without user, fragment, spaces, backslashes, control characters and a
 * handoff of its own.
 *
 * @returns The address in ASCII; undefined when it is another.
 */
export function parseForeignAddress(value: string, origin: string): string | undefined {
  if (/[\s#]/.test(value) || hasTricks(undoPercentCode(value))) return undefined;
  const url = URL.parse(value);
  if (url === null || originOf(url.href) !== origin || url.username + url.password !== '') return undefined;
  return url.searchParams.has(handoffParameter) ? undefined : url.href;
}

/** Whether a return address that has been read lies on another origin than ours. */
export function isForeign(returnTo: string): boolean {
  return !returnTo.startsWith('/');
}

/** The origin of an address elsewhere; of an app's, its scheme. */
export function originOf(address: string): string {
  const { origin, protocol } = new URL(address);
  return origin === 'null' ? protocol : origin;
}

/** The address with its handoff; what its query says already stays as it is. */
export function withHandoff(address: string, handoff: string): string {
  const url = new URL(address);
  url.search =
    url.search === '' ? `${handoffParameter}=${handoff}` : `${url.search}&${handoffParameter}=${handoff}`;
  return url.href;
}
