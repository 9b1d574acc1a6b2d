import * as v from 'valibot';

/** Google sends seconds as a number; other servers and some proxies send text. */
const seconds = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,10}$/), v.transform(Number))]),
  v.minValue(1),
);

/**
 * The default lifetime of an access token if the response names none (RFC 6749, 5.1): Google's usual hour (seconds).
 */
const usualLife = 3_600;

/** The longest lifetime that is believed (seconds). Google's access tokens never live longer than a day. */
const longestLife = 86_400;

/** `expires_in`: the lifetime of an access token in seconds. If Gmail refuses the token earlier, it is renewed. */
export const accessTokenLife = v.pipe(
  v.nullish(seconds, usualLife),
  v.transform((life) => Math.min(life, longestLife)),
);

/** The longest limit of a grant that is believed (seconds): ten years, which every date can hold. */
const longestGrant = 10 * 365 * 86_400;

/** `refresh_token_expires_in`: the lifetime of a time-limited grant in seconds; undefined if it is not limited. */
export const refreshTokenLife = v.fallback(v.optional(v.pipe(seconds, v.maxValue(longestGrant))), undefined);

/** When a grant with this lifetime ends (epoch milliseconds); no field if it is not limited. */
export function grantEnd(life: number | undefined, now: number): { readonly grantExpiresAt?: number } {
  return life === undefined ? {} : { grantExpiresAt: now + life * 1_000 };
}
