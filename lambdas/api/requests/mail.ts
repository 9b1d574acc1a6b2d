import * as v from 'valibot';
import type { Asked } from './asked.ts';
import { flag, once, wholeNumber } from './values.ts';

export const listMessagesQuery = v.pipe(
  v.strictObject(
    {
      q: v.optional(v.pipe(once, v.maxLength(2_000, 'is too long'))),
      labelIds: v.optional(v.pipe(v.array(v.string()), v.maxLength(50, 'is given too often'))),
      maxResults: v.optional(wholeNumber(1, 500)),
      pageToken: v.optional(v.pipe(once, v.maxLength(500, 'is too long'))),
      includeSpamTrash: v.optional(flag),
      all: v.optional(flag, ['false']),
      view: v.optional(v.pipe(once, v.picklist(['ids', 'summary'], 'must be ids or summary')), ['ids']),
    },
    'is not known; known are q, labelIds, maxResults, pageToken, includeSpamTrash, all and view',
  ),
  v.check(({ all, view }) => !all || view === 'ids', 'with view=summary gives one page: leave all out'),
);

/** `GET /messages`. */
export type MessagesQuery = Asked<typeof listMessagesQuery>;

/** How much of a message to give. */
export const messageFormats = ['full', 'metadata', 'minimal', 'raw'] as const;

export const getMessageQuery = v.strictObject(
  {
    format: v.optional(
      v.pipe(once, v.picklist(messageFormats, `must be one of ${messageFormats.join(', ')}`)),
      ['full'],
    ),
  },
  'is not known; known is format',
);

/** `GET /messages/{id}`. */
export type MessageQuery = Asked<typeof getMessageQuery>;
