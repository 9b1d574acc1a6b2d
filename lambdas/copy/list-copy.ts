import * as v from 'valibot';
import type { CopiedMessage } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import { countFitting } from '../http/answer-size.ts';
import type { Route } from '../http/handler.ts';
import { once, parseQuery, wholeNumber } from '../http/query.ts';
import { json } from '../http/response.ts';
import { type CallerDependencies, requireCaller } from '../sessions/caller.ts';
import type { CopyReader } from './read-copy.ts';
import { time } from './time-parameter.ts';

/** Gmail's own labels have IDs such as `INBOX`, a person's such as `Label_1`; names are the person's words. */
const labelId = v.pipe(
  once,
  v.regex(
    /^([A-Z][A-Z0-9_]{0,99}|Label_\d{1,99})$/,
    'must be the ID of a label, such as INBOX or Label_1, not its name: GET /mailbox/labels lists the IDs',
  ),
);

export const listCopyQuery = v.pipe(
  v.strictObject(
    {
      labelId: v.optional(labelId),
      after: v.optional(time),
      before: v.optional(time),
      pageToken: v.optional(v.pipe(once, v.maxLength(500, 'is too long'))),
      maxResults: v.optional(wholeNumber(1, 500), ['100']),
    },
    'is not known; known are labelId, after, before, pageToken and maxResults',
  ),
  v.check(
    ({ after, before }) => after === undefined || before === undefined || after < before,
    'after must be earlier than before',
  ),
);

export interface ListCopyDependencies extends CallerDependencies {
  readonly copy: CopyReader;
}

/**
 * The caller's messages from the offline copy, newest first. Google is not asked, so it answers also while Google
 * is down or the grant is revoked; a mailbox that is being disconnected is nobody's any more.
 */
export function listCopyRoute(dependencies: ListCopyDependencies): Route {
  const { findAccount, copy } = dependencies;
  return async (request) => {
    const { maxResults: limit, pageToken: cursor, ...which } = parseQuery(request, listCopyQuery);
    const { accountId, generation } = await requireCaller(request, dependencies);
    const account = await findAccount(accountId);
    if (account?.generation !== generation) throw new Problem('login_required');
    if (account.status === 'disconnecting') throw new Problem('grant_revoked');
    const page = await copy.listByDate({ accountId, generation }, { ...which, cursor, limit });
    const messages = page.messages.map(show);
    // A row of 400 KB takes less than half of an answer: at least one fits.
    const fitting = countFitting(messages);
    const next = fitting < messages.length ? page.cursors[fitting - 1] : page.cursor;
    return json(200, {
      messages: messages.slice(0, fitting),
      ...(next !== undefined && { nextPageToken: next }),
    });
  };
}

/** A message as Gmail's own API writes it: `internalDate` is text. */
function show({ historyId: _, internalDate, ...message }: CopiedMessage) {
  return { ...message, internalDate: String(internalDate) };
}
