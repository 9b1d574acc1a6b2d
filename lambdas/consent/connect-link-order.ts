import * as v from 'valibot';
import { Problem } from '../errors.ts';
import { owner } from '../grants/owner.ts';
import { jsonObject, visibleText } from '../http/body.ts';
import { parseReturnTo } from '../http/return-to.ts';

/** How long a link lives unless it is told otherwise, and its bounds (seconds): from a minute to a week. */
const lifetime = { usual: 86_400, least: 60, most: 604_800 };

const secondsWords = `must be a whole number from ${lifetime.least} to ${lifetime.most}`;
/** An address would make a link that nobody can ever follow to its end. */
const accountWords = 'must be the number of a Google account, not its address';
const emailWords = 'must be an e-mail address';
const returnWords = 'must be a path of this site outside /auth or an address under an allowed return origin';

/** What a backend says of the link that it wants. */
export const connectLinkOrder = (allowedReturnOrigins: readonly string[]) =>
  jsonObject({
    owner,
    /** Who asks, in words for the person who opens the link. */
    requester: v.optional(visibleText(100)),
    accountId: v.optional(
      v.pipe(v.string(accountWords), v.regex(/^[\x21-\x3f\x41-\x7e]{1,255}$/, accountWords)),
    ),
    email: v.optional(
      v.pipe(
        v.string(emailWords),
        v.maxLength(320, emailWords),
        v.check((text) => /^[^@\s\p{C}]+@[^@\s\p{C}]+$/u.test(text), emailWords),
        v.description('An e-mail address.'),
      ),
    ),
    returnTo: v.optional(returnAddress(allowedReturnOrigins), '/'),
    expiresInSeconds: v.optional(
      v.pipe(
        v.number(secondsWords),
        v.integer(secondsWords),
        v.minValue(lifetime.least, secondsWords),
        v.maxValue(lifetime.most, secondsWords),
      ),
      lifetime.usual,
    ),
  });

function returnAddress(allowedReturnOrigins: readonly string[]) {
  return v.pipe(
    v.string(returnWords),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      try {
        return parseReturnTo(dataset.value, allowedReturnOrigins);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        addIssue({ message: error.message.replace(/^return_to (.*)\.$/, '$1') });
        return NEVER;
      }
    }),
  );
}
