import { createAccountList, createAccountReader } from './aws/account-list.ts';
import { createFailedMessages } from './aws/failed-messages.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { byRouteKey } from './http/handler.ts';
import { listAccountsRoute } from './owners/list-accounts.ts';
import { showAccountRoute } from './owners/show-account.ts';
import { syncStatus } from './sync/mailbox/sync-status.ts';
import { wireRoute } from './wire-route.ts';

export const handler = wireRoute(
  ['scopes', 'grantsTable', 'mailboxesTable', 'messagesTable'],
  ({ scopes, grantsTable, mailboxesTable, messagesTable }, tables) => {
    const mailboxes = createMailboxesTable(tables, mailboxesTable);
    const listFailed = createFailedMessages(tables, messagesTable);
    return byRouteKey({
      'GET /accounts': listAccountsRoute({ accounts: createAccountList(tables, grantsTable), scopes }),
      'GET /accounts/{accountId}': showAccountRoute({
        findAccount: createAccountReader(tables, grantsTable),
        scopes,
        syncStatus: (mailbox) => syncStatus(mailbox, mailboxes, listFailed),
      }),
    });
  },
);
