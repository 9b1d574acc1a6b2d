import { createAccountSummaryReader } from './aws/account-list.ts';
import { createCopiedMessages } from './aws/copied-messages.ts';
import { createMessagesTable } from './aws/messages-table.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { getCopiedRoute } from './copy/get-copied.ts';
import { listCopyRoute } from './copy/list-copy.ts';
import { byRouteKey } from './http/by-route-key.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { wireSessions } from './wire-sessions.ts';

const config = readConfig(process.env, 'origin', 'loginsTable', 'loginKey', 'grantsTable', 'messagesTable');
const { origin } = config;
const tables = connectTables();

const dependencies = {
  ...wireSessions(config, tables),
  findAccount: createAccountSummaryReader(tables, config.grantsTable),
  copy: createMessagesTable(tables, config.messagesTable),
  copied: createCopiedMessages(tables, config.messagesTable),
};
const list = listCopyRoute(dependencies);
const get = getCopiedRoute(dependencies);

export const handler = createHandler(
  byRouteKey({
    'GET /mailbox/messages': list,
    'GET /mailbox/messages/{id}': get,
    'GET /accounts/{accountId}/mailbox/messages': list,
    'GET /accounts/{accountId}/mailbox/messages/{id}': get,
  }),
  { origin, log },
);
