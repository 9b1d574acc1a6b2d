import { createCopiedLabels } from './aws/copied-labels.ts';
import { readConfig } from './config.ts';
import { listLabelsRoute } from './live/list-labels.ts';
import { wireLive } from './wire-live.ts';

const { messagesTable } = readConfig(process.env, 'messagesTable');

export const handler = wireLive(({ tables, ...dependencies }) =>
  listLabelsRoute({ ...dependencies, copied: createCopiedLabels(tables, messagesTable) }),
);
