import * as v from 'valibot';
import { once, text, wholeNumber } from './values.ts';

// The parameters that lists share. Bundles keep them, used or not, so other requests do not import this file.

export const pageToken = v.optional(text(500));
export const pageSize = v.optional(wholeNumber(1, 500), ['100']);
export const view = v.optional(v.pipe(once, v.picklist(['ids', 'summary'], 'must be ids or summary')), [
  'ids',
]);
