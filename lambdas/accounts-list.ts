import { createAccountList, createAccountReader } from './aws/account-list.ts';
import { createFailedMessages } from './aws/failed-messages.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { byRouteKey } from './http/by-route-key.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { listAccountsRoute } from './owners/list-accounts.ts';
import { showAccountRoute } from './owners/show-account.ts';
import { syncStatus } from './sync/mailbox/sync-status.ts';

const config = readConfig(process.env, 'origin', 'scopes', 'grantsTable', 'mailboxesTable', 'messagesTable');
const { origin, scopes } = config;
const tables = connectTables();
const mailboxes = createMailboxesTable(tables, config.mailboxesTable);
const listFailed = createFailedMessages(tables, config.messagesTable);

export const handler = createHandler(
  byRouteKey({
    'GET /accounts': listAccountsRoute({ accounts: createAccountList(tables, config.grantsTable), scopes }),
    'GET /accounts/{accountId}': showAccountRoute({
      findAccount: createAccountReader(tables, config.grantsTable),
      scopes,
      syncStatus: (mailbox) => syncStatus(mailbox, mailboxes, listFailed),
    }),
  }),
  { origin, log },
);
