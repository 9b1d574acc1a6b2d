import type { Label, LabelList } from '../api/answers.ts';
import type { CopiedLabel, MailboxKey } from '../copied-message.ts';
import { googleFailures, grantProblems, Problem, type ProblemCode } from '../errors.ts';
import type { Route } from '../http/handler.ts';
import { noParameters, parseQuery } from '../http/query.ts';
import type { HttpRequest } from '../http/request.ts';
import { json } from '../http/response.ts';
import { requireCaller } from '../sessions/caller.ts';
import { type CallerMailboxDependencies, withCallersMailbox } from './caller-mailbox.ts';

/** The labels that the offline copy keeps. */
export interface CopiedLabels {
  /** Empty where nothing is copied. */
  list(mailbox: MailboxKey): Promise<readonly CopiedLabel[]>;
}

export interface ListLabelsDependencies extends CallerMailboxDependencies {
  readonly copied: CopiedLabels;
}

/** Problems for which Gmail cannot be asked now, while the copy can be read. */
const offline: readonly ProblemCode[] = [...grantProblems, ...googleFailures, 'rate_limited'];

/**
 * The labels of the mailbox with their names: messages tell labels by their IDs alone. They come from Gmail; where
 * Gmail cannot be asked, from the offline copy, and the answer says so.
 */
export function listLabelsRoute(dependencies: ListLabelsDependencies): Route {
  return async (request, run) => {
    parseQuery(request, noParameters);
    try {
      const labels = await withCallersMailbox(
        request,
        run,
        'listLabels',
        (mailbox) => mailbox.listLabels(),
        dependencies,
      );
      return json<LabelList>(200, { labels, source: 'gmail' });
    } catch (error) {
      const isOffline = error instanceof Problem && offline.includes(error.code);
      const labels = isOffline ? await copiedLabels(request, dependencies) : [];
      if (labels.length === 0) throw error;
      return json<LabelList>(200, { labels, source: 'copy' });
    }
  };
}

/** Reads nothing of a mailbox that is being disconnected. */
async function copiedLabels(
  request: HttpRequest,
  { copied, ...dependencies }: ListLabelsDependencies,
): Promise<readonly Label[]> {
  const { grants } = dependencies;
  const caller = await requireCaller(request, { ...dependencies, findAccount: grants.find });
  const grant = await grants.find(caller.accountId);
  if (grant?.generation !== caller.generation || grant.status === 'disconnecting') return [];
  const labels = await copied.list(caller);
  return labels.flatMap(({ name, ...label }) => (name === undefined ? [] : { ...label, name }));
}
