import * as v from 'valibot';
import type { CopiedMessageList } from '../api/answers.ts';
import { showCopied } from '../copied-message.ts';
import { countFitting } from '../http/answer-size.ts';
import type { Route } from '../http/handler.ts';
import { once, parseQuery, wholeNumber } from '../http/query.ts';
import { json } from '../http/response.ts';
import { requireCopiedMailbox } from './copied-mailbox.ts';
import { type GetCopiedDependencies, listByIds } from './get-copied.ts';
import type { CopyReader } from './read-copy.ts';
import { time } from './time-parameter.ts';

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

export interface ListCopyDependencies extends GetCopiedDependencies {
  readonly copy: CopyReader;
}

/** The caller's messages from the offline copy: newest first, or those that the query names. */
export function listCopyRoute(dependencies: ListCopyDependencies): Route {
  const { copy, copied } = dependencies;
  return async (request) => {
    const { maxResults: limit, pageToken, ids, ...which } = parseQuery(request, listCopyQuery);
    const mailbox = await requireCopiedMailbox(request, dependencies);
    if (ids !== undefined)
      return json<CopiedMessageList>(200, await listByIds(mailbox, { ids, pageToken, limit }, copied));
    const page = await copy.listByDate(mailbox, { ...which, cursor: pageToken, limit });
    const messages = page.messages.map(showCopied);
    // A row of 400 KB takes less than half of an answer: at least one fits.
    const fitting = countFitting(messages);
    const next = fitting < messages.length ? page.cursors[fitting - 1] : page.cursor;
    return json<CopiedMessageList>(200, {
      messages: messages.slice(0, fitting),
      ...(next !== undefined && { nextPageToken: next }),
    });
  };
}
