import { type CopiedMessages, isMessageId, type MailboxKey, showCopied } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import type { Route } from '../http/handler.ts';
import { noParameters, parseQuery } from '../http/query.ts';
import { answer } from '../http/response.ts';
import { countFitting } from '../http/response-size.ts';
import { type CallerDependencies, requireCaller } from '../sessions/caller.ts';

export interface GetCopiedDependencies extends CallerDependencies {
  readonly copied: CopiedMessages;
}

/** One message of the offline copy, Spam and Trash included; also while Google is down or the grant is revoked. */
export function getCopiedRoute(dependencies: GetCopiedDependencies): Route {
  return async (request) => {
    parseQuery(request, noParameters);
    const id = request.pathParameters['id'] ?? '';
    if (!isMessageId(id)) {
      throw new Problem('invalid_request', { detail: 'A message ID consists of letters and digits.' });
    }
    const mailbox = await requireCaller(request, dependencies);
    const message = (await dependencies.copied.find(mailbox, [id])).get(id);
    if (message === undefined) {
      throw new Problem('not_found', { detail: 'The copy does not hold this message.' });
    }
    return answer<'GET /mailbox/messages/{id}'>(200, showCopied(message));
  };
}

/**
 * Messages of the offline copy by their IDs, in the order of these, as far as an answer holds them.
 *
 * @throws Problem `invalid_request` when the page token does not belong to these IDs
 */
export async function listByIds(
  mailbox: MailboxKey,
  { ids, pageToken, limit }: { ids: readonly string[]; pageToken?: string | undefined; limit: number },
  copied: CopiedMessages,
) {
  const rest = ids.slice(startOf(ids, pageToken));
  const found = await copied.find(mailbox, rest.slice(0, limit));
  const messages = rest.slice(0, limit).flatMap((id) => {
    const message = found.get(id);
    return message === undefined ? [] : [showCopied(message)];
  });
  const fitting = countFitting(messages);
  const end = messages[fitting]?.id ?? rest[limit];
  const answered = end === undefined ? rest : rest.slice(0, rest.indexOf(end));
  return {
    messages: messages.slice(0, fitting),
    missing: answered.filter((id) => !found.has(id)),
    ...(end !== undefined && { nextPageToken: Buffer.from(end).toString('base64url') }),
  };
}

/** A page token holds the ID to go on with. */
function startOf(ids: readonly string[], pageToken: string | undefined): number {
  if (pageToken === undefined) return 0;
  const start = ids.indexOf(Buffer.from(pageToken, 'base64url').toString());
  if (start >= 0) return start;
  throw new Problem('invalid_request', {
    detail: 'Query parameters: pageToken does not belong to this query.',
  });
}
