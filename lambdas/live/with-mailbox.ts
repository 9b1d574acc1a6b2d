import { AccessTokenRefused, Problem } from '../errors.ts';
import type { AccessTokens } from '../grants/access-tokens.ts';
import type { Grant } from '../grants/grant.ts';
import type { Mailbox } from './mailbox.ts';

/**
 * Works with the mailbox behind a grant. When Gmail refuses the access token, it is replaced once and the work
 * starts again; when Gmail refuses the fresh one too, the grant is dead and is marked so.
 *
 * @throws Problem `grant_revoked`, and what the work throws.
 */
export async function withMailbox<Result>(
  grant: Grant,
  work: (mailbox: Mailbox) => Promise<Result>,
  {
    accessTokens,
    openMailbox,
  }: { accessTokens: AccessTokens; openMailbox: (accessToken: string) => Mailbox },
): Promise<Result> {
  const accessToken = await accessTokens.get(grant);
  try {
    return await work(openMailbox(accessToken));
  } catch (error) {
    if (!(error instanceof AccessTokenRefused)) throw error;
  }
  const fresh = await accessTokens.replace(grant, accessToken);
  try {
    return await work(openMailbox(fresh));
  } catch (error) {
    if (!(error instanceof AccessTokenRefused)) throw error;
    await accessTokens.markRevoked(grant);
    throw new Problem('grant_revoked', { cause: error });
  }
}
