import { createFailedMessages } from './aws/failed-messages.ts';
import { createGrantSummaryReader } from './aws/grants-table.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { mailboxStatusRoute } from './grants/mailbox-status.ts';
import { createCookieJar } from './http/cookies.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { syncStatus } from './sync/mailbox/sync-status.ts';

const config = readConfig(
  process.env,
  'origin',
  'scopes',
  'loginsTable',
  'loginKey',
  'grantsTable',
  'mailboxesTable',
  'messagesTable',
);
const { origin, scopes } = config;
const tables = connectTables();
const mailboxes = createMailboxesTable(tables, config.mailboxesTable);
const listFailed = createFailedMessages(tables, config.messagesTable);

export const handler = createHandler(
  mailboxStatusRoute({
    sessions: createSessionsTable(tables, config.loginsTable, createLoginMac(config.loginKey)),
    findAccount: createGrantSummaryReader(tables, config.grantsTable),
    cookies: createCookieJar(origin),
    scopes,
    origin,
    syncStatus: (mailbox) => syncStatus(mailbox, mailboxes, listFailed),
  }),
  { origin, log },
);
