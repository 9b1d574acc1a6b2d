import { createFailedMessages } from './aws/failed-messages.ts';
import { createGrantSummaryReader } from './aws/grants-table.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { mailboxStatusRoute } from './grants/mailbox-status.ts';
import { syncStatus } from './sync/mailbox/sync-status.ts';
import { wireSessionRoute } from './wire-sessions.ts';

export const handler = wireSessionRoute(
  ['scopes', 'grantsTable', 'mailboxesTable', 'messagesTable'],
  ({ origin, scopes, ...config }, { tables, ...sessions }) => {
    const mailboxes = createMailboxesTable(tables, config.mailboxesTable);
    const listFailed = createFailedMessages(tables, config.messagesTable);
    return mailboxStatusRoute({
      ...sessions,
      findAccount: createGrantSummaryReader(tables, config.grantsTable),
      scopes,
      origin,
      syncStatus: (mailbox) => syncStatus(mailbox, mailboxes, listFailed),
    });
  },
);
