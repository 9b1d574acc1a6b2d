import { createAccountSummaryReader } from './aws/account-list.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { createCookieJar } from './http/cookies.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { requestSyncRoute } from './sync/mailbox/request-sync.ts';

const { origin, loginsTable, loginKey, grantsTable, mailboxesTable, copy, minuteSeconds } = readConfig(
  process.env,
  'origin',
  'loginsTable',
  'loginKey',
  'grantsTable',
  'mailboxesTable',
  'copy',
  'minuteSeconds',
);
const tables = connectTables();

export const handler = createHandler(
  requestSyncRoute({
    sessions: createSessionsTable(tables, loginsTable, createLoginMac(loginKey)),
    findAccount: createAccountSummaryReader(tables, grantsTable),
    mailboxes: createMailboxesTable(tables, mailboxesTable),
    cookies: createCookieJar(origin),
    origin,
    copying: copy !== 'off',
    minute: minuteSeconds * 1_000,
  }),
  { origin, log },
);
