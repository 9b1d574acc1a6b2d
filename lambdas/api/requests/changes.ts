import * as v from 'valibot';
import type { Asked } from './asked.ts';
import { once, wholeNumber } from './values.ts';

export const readChangesQuery = v.strictObject(
  {
    after: v.optional(v.pipe(once, v.maxLength(500, 'is too long'))),
    maxResults: v.optional(wholeNumber(1, 500), ['100']),
    view: v.optional(v.pipe(once, v.picklist(['ids', 'summary'], 'must be ids or summary')), ['ids']),
  },
  'is not known; known are after, maxResults and view',
);

/** `GET /mailbox/changes`. */
export type ChangesQuery = Asked<typeof readChangesQuery>;
