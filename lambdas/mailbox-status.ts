import { createFailedMessages } from './aws/failed-messages.ts';
import { createGrantSummaryReader } from './aws/grants-table.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { mailboxStatusRoute } from './grants/mailbox-status.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { syncStatus } from './sync/mailbox/sync-status.ts';
import { wireSessions } from './wire-sessions.ts';

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
    ...wireSessions(config, tables),
    findAccount: createGrantSummaryReader(tables, config.grantsTable),
    scopes,
    origin,
    syncStatus: (mailbox) => syncStatus(mailbox, mailboxes, listFailed),
  }),
  { origin, log },
);
