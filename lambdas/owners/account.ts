import type { Grant } from '../grants/grant.ts';
import { type GrantSummary, shownExpiry, shownStatus } from '../grants/mailbox-status.ts';

/** A connected account, as shown to a team's backend: nothing of its tokens. */
export type Account = GrantSummary & Pick<Grant, 'owner'>;

/**
 * An account, as shown to backends.
 *
 * @param asked the configured scopes
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
