import { Problem } from '../errors.ts';
import type { AccessTokens } from '../grants/access-tokens.ts';
import type { Grant } from '../grants/grant.ts';
import { openWithToken } from '../grants/open-with-token.ts';
import type { Mailbox } from './mailbox.ts';

/** The most milliseconds for a refresh and a Gmail call if each fails once and then responds late. */
const secondStart = 19_000;

/** The retry time while Gmail refuses new tokens (seconds). */
const retryAfterSeconds = 60;

/**
 * Works with the mailbox of a grant. If Gmail refuses the access token, it is renewed once and the work is repeated if
 * there is time.
 *
 * @param options.endsAt when the function is terminated, epoch milliseconds
 * @throws Problem `google_timeout` if Gmail's refusal came too late to repeat the work, and what openWithToken and the
 *   work throw.
 */
export async function withMailbox<Result>(
  grant: Grant,
  work: (mailbox: Mailbox) => Promise<Result>,
  options: {
    readonly accessTokens: AccessTokens;
    readonly openMailbox: (accessToken: string) => Mailbox;
    readonly clock?: () => number;
    readonly endsAt: number;
  },
): Promise<Result> {
  const { accessTokens, openMailbox, clock = Date.now, endsAt } = options;
  const use = await openWithToken(grant, {
    accessTokens,
    open: openMailbox,
    beforeRenewal: () => {
      if (clock() > endsAt - secondStart) throw new Problem('google_timeout');
    },
    retryAfterSeconds,
  });
  return use(work);
}
