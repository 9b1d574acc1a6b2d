import * as v from 'valibot';
import type { QueryOf } from '../types.ts';
import { pageToken, view } from './lists.ts';
import { flag, once, strictQuery, text, wholeNumber } from './values.ts';

export const listMessagesQuery = v.pipe(
  strictQuery({
    q: v.optional(text(2_000)),
    labelIds: v.optional(v.pipe(v.array(v.string()), v.maxLength(50, 'is given too often'))),
    maxResults: v.optional(wholeNumber(1, 500)),
    pageToken,
    includeSpamTrash: v.optional(flag),
    all: v.optional(flag, ['false']),
    view,
  }),
  v.check(({ all, view }) => !all || view === 'ids', 'with view=summary gives one page: leave all out'),
);

/** `GET /messages`. */
export type MessagesQuery = QueryOf<typeof listMessagesQuery>;

export const messageFormats = ['full', 'metadata', 'minimal', 'raw'] as const;

export const getMessageQuery = strictQuery({
  format: v.optional(
    v.pipe(once, v.picklist(messageFormats, `must be one of ${messageFormats.join(', ')}`)),
    ['full'],
  ),
});

/** `GET /messages/{id}`. */
export type MessageQuery = QueryOf<typeof getMessageQuery>;
