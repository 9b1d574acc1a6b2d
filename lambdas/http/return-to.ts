import * as v from 'valibot';
import { codeChallenge } from '../api/requests/values.ts';
import { Problem } from '../errors.ts';
import { allowedOriginOf, isForeign, isListed, originOf, parseForeignAddress } from './foreign-address.ts';
import { decodePercentRepeatedly, hasUnsafeCharacters } from './path-safety.ts';

/** Longer ones would not fit a redirect: API Gateway takes 10,240 bytes of request line and headers together. */
const longest = 2_048;

/** A web origin or the scheme of an app, of a length that no words of ours drown in. */
const nameable = /^(https?:\/\/[a-z0-9.[\]:-]{1,200}|[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:)$/;

/**
 * Takes only a path of this site outside `/auth`, or an address under an allowed return origin, so that no link can send
 * a person elsewhere after the consent, or in circles. A path is read as every server on the way might read it, percent code undone again and
 * again.
 *
 * @param allowedReturnOrigins undefined where only paths of this site will do
 * @returns The path or the address with its query, in ASCII.
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

/** The origin of an address elsewhere, where it is one that could be allowed. */
function nameableOrigin(value: string): string | undefined {
  const url = value.length <= longest && /^[a-z][a-z0-9+.-]*:/i.test(value) ? URL.parse(value) : null;
  const origin = url === null ? '' : originOf(url.href);
  return nameable.test(origin) ? origin : undefined;
}

/**
 * As parseReturnTo, for a consent that ends in a handoff: of the addresses elsewhere, only those that are listed will do.
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

/** As parseReturnTo, for an address of our own choosing: what does not pass leads to the start page. */
export function returnToOrHome(value: string, allowedReturnOrigins: readonly string[] = []): string {
  try {
    return parseReturnTo(value, allowedReturnOrigins);
  } catch (error) {
    if (error instanceof Problem) return '/';
    throw error;
  }
}

/** Where a new consent leads back to; if that is elsewhere, with the challenge of the application there. */
export interface ReturnTarget {
  readonly returnTo: string;
  readonly codeChallenge?: string;
}

/** What an address of our own says of where a new consent leads back to: what does not pass leads to the start page. */
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
  // Once more as it will be sent: blanks at its end, which may have hidden what stood before them, are gone.
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
