import { createAccountSummaryReader } from './aws/account-list.ts';
import { createCopiedMessages } from './aws/copied-messages.ts';
import { createMessagesTable } from './aws/messages-table.ts';
import { getCopiedRoute } from './copy/get-copied.ts';
import { listCopyRoute } from './copy/list-copy.ts';
import { byRouteKey } from './http/handler.ts';
import { wireSessionRoute } from './wire-sessions.ts';

export const handler = wireSessionRoute(
  ['grantsTable', 'messagesTable'],
  ({ grantsTable, messagesTable }, { tables, ...sessions }) => {
    const dependencies = {
      ...sessions,
      findAccount: createAccountSummaryReader(tables, grantsTable),
      copy: createMessagesTable(tables, messagesTable),
      copied: createCopiedMessages(tables, messagesTable),
    };
    const list = listCopyRoute(dependencies);
    const get = getCopiedRoute(dependencies);
    return byRouteKey({
      'GET /mailbox/messages': list,
      'GET /mailbox/messages/{id}': get,
      'GET /accounts/{accountId}/mailbox/messages': list,
      'GET /accounts/{accountId}/mailbox/messages/{id}': get,
    });
  },
);
