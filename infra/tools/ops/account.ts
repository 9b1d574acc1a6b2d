import type { Account } from '../../../lambdas/owners/account.ts';
import type { AccountQuery } from '../../../lambdas/owners/account-list.ts';
import { isAccountId } from '../../../lambdas/sessions/caller.ts';
import { ToolError } from '../tool-error.ts';
import type { OpsCall, OpsOutcome } from './command.ts';
import type { Stores } from './stores.ts';

/** Lists the accounts of an owner or an address, or all of them, page by page. */
export async function* listAccounts(
  { accounts }: Pick<Stores, 'accounts'>,
  query: Pick<AccountQuery, 'owner' | 'email'>,
): AsyncGenerator<Account> {
  let after: string | undefined;
  do {
    const page = await accounts.list({ ...query, limit: 100, after });
    yield* page.accounts;
    after = page.next;
  } while (after !== undefined);
}

/** Finds the accounts with this ID or address. */
export async function findAccounts(
  argument: string,
  stores: Pick<Stores, 'accounts' | 'findAccount'>,
): Promise<readonly Account[]> {
  if (argument.includes('@')) return Array.fromAsync(listAccounts(stores, { email: argument }));
  const account = isAccountId(argument) ? await stores.findAccount(argument) : undefined;
  return account === undefined ? [] : [account];
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
  const [account, ...others] = await findAccounts(argument, stores);
  if (account === undefined) {
    throw new ToolError('no such account is connected; look it up with find, by its address');
  }
  if (others.length > 0) {
    throw new ToolError('several accounts have this address; name one by its number, which find shows');
  }
  concern(account.accountId);
  return account;
}

/** An account as a line names it. */
export function nameOf({ accountId, email }: Pick<Account, 'accountId' | 'email'>): string {
  return email === '' ? accountId : `${accountId} (${email})`;
}

/** The result of a command about one account. */
export function outcomeOf(account: Account, ok: boolean, words: string, result: object = {}): OpsOutcome {
  const { accountId } = account;
  return { ok, lines: [`${nameOf(account)}: ${words}`], result: { accountId, ...result } };
}
