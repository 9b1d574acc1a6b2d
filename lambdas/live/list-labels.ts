import type { Route } from '../http/handler.ts';
import { noParameters, parseQuery } from '../http/query.ts';
import { json } from '../http/response.ts';
import { type CallerMailboxDependencies, withCallersMailbox } from './caller-mailbox.ts';

/** The labels of the mailbox with their names, straight from Gmail: messages tell labels by their IDs alone. */
export function listLabelsRoute(dependencies: CallerMailboxDependencies): Route {
  return async (request, run) => {
    parseQuery(request, noParameters);
    const labels = await withCallersMailbox(request, run, (mailbox) => mailbox.listLabels(), dependencies);
    return json(200, { labels });
  };
}
