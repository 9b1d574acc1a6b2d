import { createCopiedMessages } from './aws/copied-messages.ts';
import { readConfig } from './config.ts';
import { listMessagesRoute } from './live/list-messages.ts';
import { wireLive } from './wire-live.ts';

const { copy, messagesTable } = readConfig(process.env, 'copy', 'messagesTable');

export const handler = wireLive(({ tables, ...dependencies }) =>
  listMessagesRoute({
    ...dependencies,
    // With copying off, an earlier copy is not kept up to date.
    copied: copy === 'off' ? undefined : createCopiedMessages(tables, messagesTable),
  }),
);
