import { createAccountSummaryReader } from './aws/account-list.ts';
import { createMessagesTable } from './aws/messages-table.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { listCopyRoute } from './copy/list-copy.ts';
import { createCookieJar } from './http/cookies.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';

const config = readConfig(process.env, 'origin', 'loginsTable', 'grantsTable', 'messagesTable');
const { origin } = config;
const tables = connectTables();

export const handler = createHandler(
  listCopyRoute({
    sessions: createSessionsTable(tables, config.loginsTable),
    findAccount: createAccountSummaryReader(tables, config.grantsTable),
    copy: createMessagesTable(tables, config.messagesTable),
    cookies: createCookieJar(origin),
  }),
  { origin, log },
);
