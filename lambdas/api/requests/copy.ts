import * as v from 'valibot';
import type { QueryOf } from '../types.ts';
import { pageSize, pageToken } from './lists.ts';
import { once, strictQuery } from './values.ts';

/**
 * Reads a time as epoch milliseconds: a date (`2026-11-01`, at midnight UTC), a date and time with its offset
 * (`2026-11-01T12:00:00Z`), or epoch milliseconds, as in `internalDate`. Fewer than twelve digits are refused, because
 * they would be epoch seconds. Times before 1970 are negative.
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
  // Date.parse reads 31 February as 3 March.
  return new Date(day).toISOString().startsWith(day) ? moment : undefined;
}

/**
 * The IDs of Gmail's own labels, its stars and a user's labels. A name such as `WORK` looks like an ID but is none.
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
  strictQuery({
    ids: v.optional(ids),
    labelId: v.optional(labelId),
    after: v.optional(time),
    before: v.optional(time),
    pageToken,
    maxResults: pageSize,
  }),
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

/** A time: a Date, ISO 8601, or epoch milliseconds. */
export type Moment = Date | string | number;

/** `GET /mailbox/messages`: messages from `after` on, up to and without `before`. */
export type CopyQuery = QueryOf<typeof listCopyQuery, { ids: string; after: Moment; before: Moment }>;
