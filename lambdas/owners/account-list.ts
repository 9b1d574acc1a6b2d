import type { GrantStatus } from '../grants/grant.ts';
import type { Account } from './account.ts';

/** Which accounts are asked for. Without owner and email: all of the stage. */
export interface AccountQuery {
  readonly owner?: string | undefined;
  /** The account that has it now, which is one at most. Compared as mailboxes, not letter by letter: see mailboxOf. */
  readonly email?: string | undefined;
  readonly status?: GrantStatus | undefined;
  /** The most accounts of a page. */
  readonly limit: number;
  /** The account with which an earlier page of the same query ended. */
  readonly after?: string | undefined;
}

/** A page of accounts. It may be short or empty and still have an account to go on after. */
export interface AccountPage {
  readonly accounts: readonly Account[];
  readonly next?: string | undefined;
}

/** The connected accounts, as they are listed: as of a moment ago, in an order of no meaning. */
export interface AccountList {
  /** @throws Problem `storage_unavailable` or `misconfigured` */
  list(query: AccountQuery): Promise<AccountPage>;
}
