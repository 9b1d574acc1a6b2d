import { createAccountSummaryReader } from './aws/account-list.ts';
import { createChangesTable } from './aws/changes-table.ts';
import { createCopiedMessages } from './aws/copied-messages.ts';
import { feedTimesOf } from './changes/feed-times.ts';
import { readChangesRoute } from './changes/read-changes.ts';
import { wireSessionRoute } from './wire-sessions.ts';

export const handler = wireSessionRoute(
  ['grantsTable', 'changesTable', 'messagesTable', 'minuteSeconds'],
  (config, { tables, ...sessions }) =>
    readChangesRoute({
      ...sessions,
      findAccount: createAccountSummaryReader(tables, config.grantsTable),
      feed: createChangesTable(tables, config.changesTable),
      copied: createCopiedMessages(tables, config.messagesTable),
      times: feedTimesOf(config),
    }),
);
