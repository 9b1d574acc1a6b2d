import * as v from 'valibot';
import { once } from '../http/query.ts';

/**
 * A parameter that is a moment: a date (`2026-11-01`, its midnight in UTC), a date and time with its offset
 * (`2026-11-01T12:00:00Z`), or epoch milliseconds as `internalDate` has them. Fewer than twelve digits would be
 * epoch seconds, and taken for milliseconds they would mean 1970: they are refused. Dates before 1970 are negative.
 *
 * Read as epoch milliseconds.
 */
export const time = v.pipe(
  once,
  v.transform((text) => (/^-?\d{12,15}$/.test(text) ? Number(text) : readIsoTime(text))),
  v.number(
    'must be a date such as 2026-11-01, a time such as 2026-11-01T12:00:00Z, or epoch milliseconds of 12 to 15 digits',
  ),
);

function readIsoTime(text: string): number | undefined {
  const [, day] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.exec(text) ?? [];
  const moment = Date.parse(text);
  if (day === undefined || Number.isNaN(moment)) return undefined;
  // Date.parse takes 31 February for 3 March.
  return new Date(day).toISOString().startsWith(day) ? moment : undefined;
}
