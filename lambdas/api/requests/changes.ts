import type { Asked } from './asked.ts';
import { pageSize, pageToken, view } from './lists.ts';
import { strictQuery } from './values.ts';

export const readChangesQuery = strictQuery({ after: pageToken, maxResults: pageSize, view });

/** `GET /mailbox/changes`. */
export type ChangesQuery = Asked<typeof readChangesQuery>;
