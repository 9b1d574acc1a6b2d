import type { Account } from '../../../lambdas/owners/account.ts';
import type { AccountQuery } from '../../../lambdas/owners/account-list.ts';
import { isAccountId } from '../../../lambdas/sessions/caller.ts';
import { ToolError } from '../tool-error.ts';
import type { OpsCall } from './command.ts';
import type { Stores } from './stores.ts';

/** Accounts of a page. */
const pageSize = 100;

/** Every account that is asked for, page by page. */
export async function* listAccounts(
  { accounts }: Pick<Stores, 'accounts'>,
  query: Pick<AccountQuery, 'owner' | 'email'>,
): AsyncGenerator<Account> {
  let after: string | undefined;
  do {
    const page = await accounts.list({ ...query, limit: pageSize, after });
    yield* page.accounts;
    after = page.next;
  } while (after !== undefined);
}

/**
 * Finds an account by its ID at Google or by its address, and names it in the audit record.
 *
 * @throws ToolError if there is none, or several have the address
 */
export async function requireAccount({
  argument,
  stores,
  concern,
}: Pick<OpsCall, 'argument' | 'concern'> & {
  readonly stores: Pick<Stores, 'accounts' | 'findAccount'>;
}): Promise<Account> {
  const found = argument.includes('@')
    ? await Array.fromAsync(listAccounts(stores, { email: argument }))
    : [isAccountId(argument) ? await stores.findAccount(argument) : undefined];
  const [account, ...others] = found;
  if (account === undefined) {
    throw new ToolError('no such account is connected; look it up with find, by its address');
  }
  if (others.length > 0) {
    throw new ToolError('several accounts have this address; name one by its number, which find says');
  }
  concern(account.accountId);
  return account;
}

/** An account in the words of a line. */
export function nameOf({ accountId, email }: Pick<Account, 'accountId' | 'email'>): string {
  return email === '' ? accountId : `${accountId} (${email})`;
}
