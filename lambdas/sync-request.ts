import { createAccountSummaryReader } from './aws/account-list.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { requestSyncRoute } from './sync/mailbox/request-sync.ts';
import { wireSessionRoute } from './wire-sessions.ts';

export const handler = wireSessionRoute(
  ['grantsTable', 'mailboxesTable', 'copy', 'minuteSeconds'],
  ({ origin, ...config }, { tables, ...sessions }) =>
    requestSyncRoute({
      ...sessions,
      findAccount: createAccountSummaryReader(tables, config.grantsTable),
      mailboxes: createMailboxesTable(tables, config.mailboxesTable),
      origin,
      copying: config.copy !== 'off',
      minute: config.minuteSeconds * 1_000,
    }),
);
