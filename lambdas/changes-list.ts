import { createAccountSummaryReader } from './aws/account-list.ts';
import { createChangesTable } from './aws/changes-table.ts';
import { createCopiedMessages } from './aws/copied-messages.ts';
import { connectTables } from './aws/table.ts';
import { feedTimesOf } from './changes/feed-times.ts';
import { readChangesRoute } from './changes/read-changes.ts';
import { readConfig } from './config.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { wireSessions } from './wire-sessions.ts';

const config = readConfig(
  process.env,
  'origin',
  'loginsTable',
  'loginKey',
  'grantsTable',
  'changesTable',
  'messagesTable',
  'minuteSeconds',
);
const { origin } = config;
const tables = connectTables();

export const handler = createHandler(
  readChangesRoute({
    ...wireSessions(config, tables),
    findAccount: createAccountSummaryReader(tables, config.grantsTable),
    feed: createChangesTable(tables, config.changesTable),
    copied: createCopiedMessages(tables, config.messagesTable),
    times: feedTimesOf(config),
  }),
  { origin, log },
);
