import * as v from 'valibot';
import type { QueryOf } from '../types.ts';
import { pageSize, view } from './lists.ts';
import { strictQuery, text } from './values.ts';

export const readChangesQuery = strictQuery({ after: v.optional(text(500)), maxResults: pageSize, view });

/** `GET /mailbox/changes`. */
export type ChangesQuery = QueryOf<typeof readChangesQuery>;
