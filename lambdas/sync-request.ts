import { createAccountSummaryReader } from './aws/account-list.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { requestSyncRoute } from './sync/mailbox/request-sync.ts';
import { wireSessions } from './wire-sessions.ts';

const config = readConfig(
  process.env,
  'origin',
  'loginsTable',
  'loginKey',
  'grantsTable',
  'mailboxesTable',
  'copy',
  'minuteSeconds',
);
const { origin } = config;
const tables = connectTables();

export const handler = createHandler(
  requestSyncRoute({
    ...wireSessions(config, tables),
    findAccount: createAccountSummaryReader(tables, config.grantsTable),
    mailboxes: createMailboxesTable(tables, config.mailboxesTable),
    origin,
    copying: config.copy !== 'off',
    minute: config.minuteSeconds * 1_000,
  }),
  { origin, log },
);
