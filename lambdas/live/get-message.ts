import { getMessageQuery } from '../api/requests/mail.ts';
import { isMessageId } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import type { Route } from '../http/handler.ts';
import { parseQuery } from '../http/query.ts';
import { answer } from '../http/response.ts';
import { type CallerMailboxDependencies, withCallersMailbox } from './caller-mailbox.ts';

export function getMessageRoute(dependencies: CallerMailboxDependencies): Route {
  return async (request, run) => {
    const { format } = parseQuery(request, getMessageQuery);
    const id = request.pathParameters['id'] ?? '';
    if (!isMessageId(id)) {
      throw new Problem('invalid_request', { detail: 'A message ID consists of letters and digits.' });
    }
    const message = await withCallersMailbox(
      request,
      run,
      'getMessage',
      (mailbox) => mailbox.getMessage(id, format),
      dependencies,
    );
    return answer<'GET /messages/{id}'>(200, message);
  };
}
