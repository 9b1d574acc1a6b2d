import type { ReadSyncStatus } from '../grants/mailbox-status.ts';
import type { Route } from '../http/handler.ts';
import { noParameters, parseQuery } from '../http/query.ts';
import { answer } from '../http/response.ts';
import { requireAccount } from '../sessions/caller.ts';
import { type Account, showAccount } from './account.ts';

interface ShowAccountDependencies {
  readonly findAccount: (accountId: string) => Promise<Account | undefined>;
  readonly scopes: readonly string[];
  readonly syncStatus: ReadSyncStatus;
}

export function showAccountRoute({ findAccount, scopes, syncStatus }: ShowAccountDependencies): Route {
  return async (request) => {
    parseQuery(request, noParameters);
    const account = await requireAccount(request, { findAccount });
    const sync = await syncStatus(account);
    return answer<'GET /accounts/{accountId}'>(200, {
      ...showAccount(account, scopes),
      ...(sync !== undefined && { sync }),
    });
  };
}
