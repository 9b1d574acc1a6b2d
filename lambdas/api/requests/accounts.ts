import * as v from 'valibot';
import type { Asked } from './asked.ts';
import { jsonObject, once, owner, visibleText, wholeNumber } from './values.ts';

/** How a grant stands. */
export const grantStatuses = ['active', 'revoked', 'insufficient_scope', 'disconnecting'] as const;

export const listAccountsQuery = v.strictObject(
  {
    email: v.optional(v.pipe(once, v.nonEmpty('is empty'), v.maxLength(320, 'is too long'))),
    status: v.optional(v.pipe(once, v.picklist(grantStatuses, `must be one of ${grantStatuses.join(', ')}`))),
    pageToken: v.optional(v.pipe(once, v.maxLength(500, 'is too long'))),
    maxResults: v.optional(wholeNumber(1, 500), ['100']),
  },
  'is not known; known are owner, email, status, pageToken and maxResults',
);

/** `GET /accounts`. */
export type AccountsQuery = Asked<typeof listAccountsQuery>;

/** How long a link lives unless it is told otherwise, and its bounds (seconds): from a minute to a week. */
const lifetime = { usual: 86_400, least: 60, most: 604_800 };

const secondsWords = `must be a whole number from ${lifetime.least} to ${lifetime.most}`;
/** An address would make a link that nobody can ever follow to its end. */
const accountWords = 'must be the number of a Google account, not its address';
const emailWords = 'must be an e-mail address';

/**
 * What a backend says of the link that it wants.
 *
 * @param returnTo where a consent may lead: the deployment says it
 */
export const connectLinkOrder = (returnTo: v.GenericSchema<string, string> = v.string()) =>
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
    returnTo: v.optional(returnTo, '/'),
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

/** `POST /accounts/connect-links`. */
export type ConnectLinkOrder = Readonly<v.InferInput<ReturnType<typeof connectLinkOrder>>>;
