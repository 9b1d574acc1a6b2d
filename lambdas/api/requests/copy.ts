import * as v from 'valibot';
import type { Asked } from './asked.ts';
import { once, wholeNumber } from './values.ts';

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

/**
 * The IDs of labels: Gmail's own, its stars, and those of a user. A name such as `WORK` is none, though it looks like one.
 *
 * @see https://developers.google.com/workspace/gmail/api/guides/labels
 */
const labelIds = new RegExp(
  `^(${[
    'INBOX|SPAM|TRASH|UNREAD|STARRED|IMPORTANT|SENT|DRAFT|CHAT',
    'CATEGORY_[A-Z]{1,40}',
    '[A-Z]{1,20}_(STAR|BANG|CHECK|GUILLEMET|QUESTION|INFO)',
    'Label_\\d{1,99}',
  ].join('|')})$`,
);

const labelId = v.pipe(
  once,
  v.regex(
    labelIds,
    'must be the ID of a label, such as INBOX or Label_1, not its name: GET /mailbox/labels lists the IDs',
  ),
);

const ids = v.pipe(
  once,
  v.regex(
    /^[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64}){0,99}$/,
    'must be 1 to 100 IDs of messages, separated by commas',
  ),
  v.transform((text) => [...new Set(text.split(','))]),
);

export const listCopyQuery = v.pipe(
  v.strictObject(
    {
      ids: v.optional(ids),
      labelId: v.optional(labelId),
      after: v.optional(time),
      before: v.optional(time),
      pageToken: v.optional(v.pipe(once, v.maxLength(500, 'is too long'))),
      maxResults: v.optional(wholeNumber(1, 500), ['100']),
    },
    'is not known; known are ids, labelId, after, before, pageToken and maxResults',
  ),
  v.check(
    ({ ids, labelId, after, before }) =>
      ids === undefined || [labelId, after, before].every((one) => one === undefined),
    'ids names the messages: leave labelId, after and before out',
  ),
  v.check(
    ({ after, before }) => after === undefined || before === undefined || after < before,
    'after must be earlier than before',
  ),
);

/** A moment: a date, ISO 8601, or epoch milliseconds. */
export type Moment = Date | string | number;

/** `GET /mailbox/messages`: messages from `after` on, up to and without `before`. */
export type CopyQuery = Asked<typeof listCopyQuery, { ids: string; after: Moment; before: Moment }>;
