import * as v from 'valibot';
import type { QueryOf } from '../types.ts';
import { pageSize, pageToken } from './lists.ts';
import { jsonObject, once, owner, strictQuery, visibleText } from './values.ts';

export const grantStatuses = ['active', 'revoked', 'insufficient_scope', 'disconnecting'] as const;

export const listAccountsQuery = strictQuery(
  {
    email: v.optional(v.pipe(once, v.nonEmpty('is empty'), v.maxLength(320, 'is too long'))),
    status: v.optional(v.pipe(once, v.picklist(grantStatuses, `must be one of ${grantStatuses.join(', ')}`))),
    pageToken,
    maxResults: pageSize,
  },
  'owner',
);

/** `GET /accounts`. */
export type AccountsQuery = QueryOf<typeof listAccountsQuery>;

/** The lifetime of a connect link (seconds): a day by default, from a minute to a week. */
const lifetime = { usual: 86_400, least: 60, most: 604_800 };

const secondsWords = `must be a whole number from ${lifetime.least} to ${lifetime.most}`;
/** No account could complete a link for an address, because account IDs are numbers. */
const accountWords = 'must be the number of a Google account, not its address';
const emailWords = 'must be an e-mail address';

/** @param returnTo the allowed return addresses, which depend on the deployment */
export const connectLinkOrder = (returnTo: v.GenericSchema<string, string> = v.string()) =>
  jsonObject({
    owner,
    /** The name of the inviting party, shown to the invited user. */
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
