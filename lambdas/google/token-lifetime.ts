import * as v from 'valibot';

/** Google writes seconds as a number; other servers, and the odd proxy, as text. */
const seconds = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,10}$/), v.transform(Number))]),
  v.minValue(1),
);

/** What an access token lives where the answer does not say (RFC 6749, 5.1, lets it): Google's usual hour. */
const usualLife = 3_600;

/** No access token of Google's lives longer than a day (seconds); one said to live longer is renewed then. */
const longestLife = 86_400;

/** `expires_in`: how long an access token lives, in seconds. If Gmail refuses it before, it is renewed. */
export const accessTokenLife = v.pipe(
  v.nullish(seconds, usualLife),
  v.transform((life) => Math.min(life, longestLife)),
);

/** Google limits no grant to a longer time than this (seconds): ten years, which every date can hold. */
const longestGrant = 10 * 365 * 86_400;

/** `refresh_token_expires_in`: how long a grant limited in time lives, in seconds; undefined: without such a limit. */
export const refreshTokenLife = v.fallback(v.optional(v.pipe(seconds, v.maxValue(longestGrant))), undefined);

/** When a grant with this life ends (epoch milliseconds), as a field that is absent where it has no limit. */
export function grantEnd(life: number | undefined, now: number): { readonly grantExpiresAt?: number } {
  return life === undefined ? {} : { grantExpiresAt: now + life * 1_000 };
}
