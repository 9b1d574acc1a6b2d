import type { GrantStatus } from '../grants/grant.ts';
import type { Account } from './account.ts';

/** Selects accounts. Without owner and email: all accounts of the stage. */
export interface AccountQuery {
  readonly owner?: string | undefined;
  /** The address of at most one account. Compared by mailboxOf, so equivalent spellings match. */
  readonly email?: string | undefined;
  readonly status?: GrantStatus | undefined;
  readonly limit: number;
  /** The last account of the previous page of the same query. */
  readonly after?: string | undefined;
}

/** A page of accounts. It may be short or empty and still name an account to continue after. */
export interface AccountPage {
  readonly accounts: readonly Account[];
  readonly next?: string | undefined;
}

/** Lists the connected accounts in no particular order; eventually consistent. */
export interface AccountList {
  /** @throws Problem `storage_unavailable` or `misconfigured` */
  list(query: AccountQuery): Promise<AccountPage>;
}
