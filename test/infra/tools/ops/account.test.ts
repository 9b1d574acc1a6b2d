import { describe, expect, it } from 'vitest';
import { listAccounts, requireAccount } from '../../../../infra/tools/ops/account.ts';
import type { Account } from '../../../../lambdas/owners/account.ts';
import type { AccountList } from '../../../../lambdas/owners/account-list.ts';

const account = (accountId: string, email = 'ada@example.com'): Account => ({
  ...{ accountId, email, generation: 'g', status: 'active', owner: undefined },
  ...{ scopes: [], connectedAt: 0 },
});

/** A list that gives so many accounts a page, whatever was asked for. */
function pagesOf(all: readonly Account[], size: number): AccountList {
  return {
    list: async ({ after }) => {
      const start = after === undefined ? 0 : all.findIndex(({ accountId }) => accountId === after) + 1;
      const accounts = all.slice(start, start + size);
      const last = accounts.at(-1);
      return start + size < all.length && last !== undefined
        ? { accounts, next: last.accountId }
        : { accounts };
    },
  };
}

describe('all accounts', () => {
  it.each([0, 1, 100, 10_001])('are found, page by page, where there are %i', async (count) => {
    const all = Array.from({ length: count }, (_, index) => account(String(index)));
    const found = await Array.fromAsync(listAccounts({ accounts: pagesOf(all, 100) }, { owner: undefined }));
    expect(found).toEqual(all);
  });

  it('are found beyond a page that holds none, as a filter may leave it', async () => {
    const pages = [{ accounts: [], next: '1' }, { accounts: [account('2')] }];
    const list = async () => pages.shift() ?? { accounts: [] };
    const found = await Array.fromAsync(listAccounts({ accounts: { list } }, { owner: 'tenant' }));
    expect(found).toEqual([account('2')]);
  });
});

describe('an account that is meant', () => {
  /** Who is meant by the argument, and whom the record is told of. */
  async function meant(argument: string, all: readonly Account[]) {
    const concerned: string[] = [];
    const stores = {
      accounts: pagesOf(all, 1),
      findAccount: async (accountId: string) => all.find((each) => each.accountId === accountId),
    };
    const concern = (accountId: string) => void concerned.push(accountId);
    return { found: await requireAccount({ argument, stores, concern }), concerned };
  }

  it('by an address that two accounts have is refused, wherever the second is found', async () => {
    const all = [account('1'), account('2')];
    await expect(meant('ada@example.com', all)).rejects.toThrow(
      'several accounts have this address; name one by its number, which find shows',
    );
    expect(await meant('2', all)).toMatchObject({ found: { accountId: '2' }, concerned: ['2'] });
  });

  it.each(['', ' ', '1; DROP', '../1', 'ada', '１'])('is none by "%s"', async (argument) => {
    await expect(meant(argument, [account('1')])).rejects.toThrow('no such account is connected');
  });
});
