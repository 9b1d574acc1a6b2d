import { listCopyQuery } from '../api/requests/copy.ts';
import { showCopied } from '../copied-message.ts';
import type { Route } from '../http/handler.ts';
import { parseQuery } from '../http/query.ts';
import { answer } from '../http/response.ts';
import { countFitting } from '../http/response-size.ts';
import { requireCaller } from '../sessions/caller.ts';
import { type GetCopiedDependencies, listByIds } from './get-copied.ts';
import type { CopyReader } from './read-copy.ts';

interface ListCopyDependencies extends GetCopiedDependencies {
  readonly copy: CopyReader;
}

/** The caller's messages from the offline copy: newest first, or those that the query names. */
export function listCopyRoute(dependencies: ListCopyDependencies): Route {
  const { copy, copied } = dependencies;
  return async (request) => {
    const { maxResults: limit, pageToken, ids, ...which } = parseQuery(request, listCopyQuery);
    const mailbox = await requireCaller(request, dependencies);
    if (ids !== undefined)
      return answer<'GET /mailbox/messages'>(
        200,
        await listByIds(mailbox, { ids, pageToken, limit }, copied),
      );
    const page = await copy.listByDate(mailbox, { ...which, cursor: pageToken, limit });
    const messages = page.messages.map(showCopied);
    // A row of 400 KB takes less than half of an answer: at least one fits.
    const fitting = countFitting(messages);
    const next = fitting < messages.length ? page.cursors[fitting - 1] : page.cursor;
    return answer<'GET /mailbox/messages'>(200, {
      messages: messages.slice(0, fitting),
      ...(next !== undefined && { nextPageToken: next }),
    });
  };
}
