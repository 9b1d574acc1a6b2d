import { decodePercentRepeatedly, hasUnsafeCharacters } from './path-safety.ts';

/** The parameters that carry the outcome of a consent to another origin: a handoff or a problem code. */
const outcomeParameters = ['handoff', 'error'] as const;

/** Whether an allowed return origin is the scheme of an app rather than a web origin. */
export function isAppScheme(allowed: string): boolean {
  return allowed.endsWith(':');
}

/**
 * Whether a handoff may be sent to this URL: the list contains it exactly. An origin or a scheme without a path lists
 * only its root.
 */
export function isListed(address: string, allowedReturnOrigins: readonly string[]): boolean {
  return allowedReturnOrigins.some((allowed) => {
    return address === (originOf(allowed) === allowed ? `${allowed}/` : allowed);
  });
}

/**
 * The allowed return origin that a URL begins with, compared as text and followed by a path or a query. So no parser
 * can see another host in the URL.
 *
 * @returns undefined if there is none, as for every path of this site.
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
 * Parses a URL under this origin. It must have no user, fragment, spaces, backslashes, control characters or outcome
 * parameters.
 *
 * @returns the URL in ASCII; undefined if it is not such a URL.
 */
export function parseForeignAddress(value: string, origin: string): string | undefined {
  if (/[\s#]/.test(value) || hasUnsafeCharacters(decodePercentRepeatedly(value))) return undefined;
  const url = URL.parse(value);
  if (url === null || originOf(url.href) !== origin || url.username + url.password !== '') return undefined;
  return outcomeParameters.some((name) => url.searchParams.has(name)) ? undefined : url.href;
}

/** Whether a parsed return address is on another origin. */
export function isForeign(returnTo: string): boolean {
  return !returnTo.startsWith('/');
}

/** The origin of a URL; for an app's URL, its scheme. */
export function originOf(address: string): string {
  const { origin, protocol } = new URL(address);
  return origin === 'null' ? protocol : origin;
}

/** Appends a handoff or a problem code to the URL; the existing query stays unchanged. */
export function withOutcome(
  address: string,
  name: (typeof outcomeParameters)[number],
  value: string,
): string {
  const url = new URL(address);
  url.search = url.search === '' ? `${name}=${value}` : `${url.search}&${name}=${value}`;
  return url.href;
}
