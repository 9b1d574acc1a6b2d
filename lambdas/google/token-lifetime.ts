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
