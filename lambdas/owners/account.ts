import type { Grant } from '../grants/grant.ts';
import { type GrantSummary, shownExpiry, shownStatus } from '../grants/mailbox-status.ts';

/** A connected account, as far as a team's own backend may know it: nothing of its tokens. */
export type Account = GrantSummary & Pick<Grant, 'owner'>;

/**
 * An account as backends are shown it.
 *
 * @param asked the scopes that the configuration asks for
 */
export function showAccount({ owner, ...account }: Account, asked: readonly string[]) {
  return {
    id: account.accountId,
    email: account.email,
    ...(owner !== undefined && { owner }),
    status: shownStatus(account, asked),
    scopes: account.scopes,
    connectedAt: new Date(account.connectedAt).toISOString(),
    ...shownExpiry(account),
  };
}
