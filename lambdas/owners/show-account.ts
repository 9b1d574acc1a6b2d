import type { SyncStatus } from '../api/answers.ts';
import type { ReadOnly } from '../api/read-only.ts';
import type { MailboxKey } from '../copied-message.ts';
import type { Route } from '../http/handler.ts';
import { noParameters, parseQuery } from '../http/query.ts';
import { answer } from '../http/response.ts';
import { requireAccount } from '../sessions/caller.ts';
import { type Account, showAccount } from './account.ts';

export interface ShowAccountDependencies {
  readonly findAccount: (accountId: string) => Promise<Account | undefined>;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
  /** How the offline copy stands; undefined where there is none. */
  readonly syncStatus: (mailbox: MailboxKey) => Promise<ReadOnly<SyncStatus> | undefined>;
}

/** One connected account: whose it is, how its grant stands, and how its copy does. */
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
