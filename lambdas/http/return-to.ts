import * as v from 'valibot';
import { codeChallenge } from '../api/requests/values.ts';
import { Problem } from '../errors.ts';
import { allowedOriginOf, isForeign, isListed, originOf, parseForeignAddress } from './foreign-address.ts';
import { decodePercentRepeatedly, hasUnsafeCharacters } from './path-safety.ts';

/** A longer address would not fit a redirect: API Gateway allows 10,240 bytes for the request line and headers. */
const longest = 2_048;

/** A web origin or an app's scheme that is short enough to quote in a problem. */
const nameable = /^(https?:\/\/[a-z0-9.[\]:-]{1,200}|[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:)$/;

/**
 * Accepts only a path of this site outside `/auth`, or a URL under an allowed return origin. So no link can send a user
 * to another site after the consent, or in circles. A path is checked as any server on the way could read it, with
 * percent-encoding decoded repeatedly.
 *
 * @param allowedReturnOrigins undefined to accept only paths of this site
 * @returns the path or the URL with its query, in ASCII.
 * @throws Problem `invalid_request`.
 */
export function parseReturnTo(value: string, allowedReturnOrigins?: readonly string[]): string {
  const origin = allowedOriginOf(value, allowedReturnOrigins ?? []);
  if (value.length <= longest) {
    const result = origin === undefined ? parsePath(value) : parseForeignAddress(value, origin);
    if (result !== undefined && result.length <= longest) return result;
  }
  throw new Problem('invalid_request', {
    detail: `return_to ${faultOf(value, origin, allowedReturnOrigins)}.`,
  });
}

function faultOf(
  value: string,
  allowed: string | undefined,
  allowedReturnOrigins?: readonly string[],
): string {
  if (allowed !== undefined) {
    return `must be an address of at most ${longest} characters without a fragment and without the parameters handoff and error`;
  }
  const strange = allowedReturnOrigins === undefined ? undefined : nameableOrigin(value);
  if (strange === undefined)
    return 'must be a path of this site outside /auth, such as /messages?q=is:unread';
  if (allowedReturnOrigins?.map(originOf).includes(strange)) return `must begin with exactly ${strange}`;
  return `leads to ${strange}, which is not an allowed return origin: add it to allowedReturnOrigins (ALLOWED_RETURN_ORIGINS), or give a path of this site`;
}

/** The origin of a URL elsewhere, if it could be an allowed one. */
function nameableOrigin(value: string): string | undefined {
  const url = value.length <= longest && /^[a-z][a-z0-9+.-]*:/i.test(value) ? URL.parse(value) : null;
  const origin = url === null ? '' : originOf(url.href);
  return nameable.test(origin) ? origin : undefined;
}

/**
 * As parseReturnTo, for a consent that ends in a handoff: of the URLs elsewhere, only listed ones are accepted.
 *
 * @throws Problem `invalid_request`.
 */
export function parseHandoffAddress(value: string, allowedReturnOrigins: readonly string[]): string {
  const returnTo = parseReturnTo(value, allowedReturnOrigins);
  if (!isForeign(returnTo) || isListed(returnTo, allowedReturnOrigins)) return returnTo;
  throw new Problem('invalid_request', {
    detail: `return_to is not a listed address of ${originOf(returnTo)}: add the whole address to allowedReturnOrigins (ALLOWED_RETURN_ORIGINS); an origin alone lists its root.`,
  });
}

/** As parseReturnTo, but an invalid address becomes the start page. */
export function returnToOrHome(value: string, allowedReturnOrigins: readonly string[] = []): string {
  try {
    return parseReturnTo(value, allowedReturnOrigins);
  } catch (error) {
    if (error instanceof Problem) return '/';
    throw error;
  }
}

/** Where a new consent returns to; on another origin, with that application's code challenge. */
interface ReturnTarget {
  readonly returnTo: string;
  readonly codeChallenge?: string;
}

/** Reads from this site's own URL where a new consent returns to; an invalid address becomes the start page. */
export function returnTargetOrHome(
  query: URLSearchParams,
  allowedReturnOrigins: readonly string[],
): ReturnTarget {
  const challenge = query.get('code_challenge');
  const returnTo = returnToOrHome(query.get('return_to') ?? '/', allowedReturnOrigins);
  if (!isForeign(returnTo)) return { returnTo };
  const mayHandOver = v.is(codeChallenge, challenge) && isListed(returnTo, allowedReturnOrigins);
  return mayHandOver ? { returnTo, codeChallenge: challenge ?? '' } : { returnTo: '/' };
}

function parsePath(value: string): string | undefined {
  const [, path = '', rest = ''] = /^([^?#]*)(.*)$/s.exec(value) ?? [];
  const harmless =
    path.startsWith('/') && isPlainPath(path) && !hasUnsafeCharacters(decodePercentRepeatedly(rest));
  const url = harmless ? URL.parse(value, 'https://site.invalid') : null;
  // Check the path again as it will be sent: trailing blanks, which may have hidden what precedes them, are gone.
  return url !== null && isPlainPath(url.pathname) ? url.pathname + url.search + url.hash : undefined;
}

function isPlainPath(path: string): boolean {
  const plain = decodePercentRepeatedly(path);
  const segments = plain.split('/');
  return (
    !hasUnsafeCharacters(plain) &&
    !/[@?#%]/.test(plain) &&
    // A consent must not end where the next one begins.
    !/^\/auth(?:\/|$)/.test(plain) &&
    !plain.includes('//') &&
    !segments.includes('.') &&
    !segments.includes('..')
  );
}
