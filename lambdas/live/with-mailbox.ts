import { AccessTokenRefused, Problem } from '../errors.ts';
import type { AccessTokens } from '../grants/access-tokens.ts';
import type { Grant } from '../grants/grant.ts';
import type { Mailbox } from './mailbox.ts';

/** Milliseconds that a refresh and a call of Gmail take at the most, each failing once and then answering late. */
const secondStart = 19_000;

/**
 * Works with the mailbox behind a grant. When Gmail refuses the access token, it is replaced once and the work
 * starts again, if there is time; when Gmail refuses the fresh one too, the grant is dead and is marked so.
 *
 * @param options.endsAt when the function is ended, epoch milliseconds
 * @throws Problem `grant_revoked`, `google_timeout` when Gmail's refusal came too late to start again, and what the
 * work throws.
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
  const accessToken = await accessTokens.get(grant);
  try {
    return await work(openMailbox(accessToken));
  } catch (error) {
    if (!(error instanceof AccessTokenRefused)) throw error;
  }
  if (clock() > endsAt - secondStart) throw new Problem('google_timeout');
  const fresh = await accessTokens.replace(grant, accessToken);
  try {
    return await work(openMailbox(fresh));
  } catch (error) {
    if (!(error instanceof AccessTokenRefused)) throw error;
    await accessTokens.markRevoked(grant);
    throw new Problem('grant_revoked', { cause: error });
  }
}
