import { decodePercentRepeatedly, hasUnsafeCharacters } from './path-safety.ts';

/** The parameters in which an address elsewhere gets the end of a consent: a handoff, or the code of a problem. */
const outcomeParameters = ['handoff', 'error'] as const;

/** Whether an allowed return origin is the scheme of an app, which is no origin of web pages. */
export function isAppScheme(allowed: string): boolean {
  return allowed.endsWith(':');
}

/**
 * Whether a handoff may be sent to this address: it is listed, letter by letter. An origin or a scheme without a path
 * lists its root alone.
 */
export function isListed(address: string, allowedReturnOrigins: readonly string[]): boolean {
  return allowedReturnOrigins.some((allowed) => {
    return address === (originOf(allowed) === allowed ? `${allowed}/` : allowed);
  });
}

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
  return allowedReturnOrigins.map(originOf).find((allowed) => {
    const rest = isAppScheme(allowed) ? /^\// : /^([/?]|$)/;
    return address.startsWith(allowed) && rest.test(address.slice(allowed.length));
  });
}

/**
 * Reads an address that lies under this origin, without user, fragment, spaces, backslashes, control characters and
 * parameters that we add ourselves.
 *
 * @returns The address in ASCII; undefined when it is another.
 */
export function parseForeignAddress(value: string, origin: string): string | undefined {
  if (/[\s#]/.test(value) || hasUnsafeCharacters(decodePercentRepeatedly(value))) return undefined;
  const url = URL.parse(value);
  if (url === null || originOf(url.href) !== origin || url.username + url.password !== '') return undefined;
  return outcomeParameters.some((name) => url.searchParams.has(name)) ? undefined : url.href;
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

/** The address with a handoff or a problem's code added; what its query says already stays as it is. */
export function withOutcome(
  address: string,
  name: (typeof outcomeParameters)[number],
  value: string,
): string {
  const url = new URL(address);
  url.search = url.search === '' ? `${name}=${value}` : `${url.search}&${name}=${value}`;
  return url.href;
}
