import type { Label } from '../api/answers.ts';
import type { CopiedLabel, MailboxKey } from '../copied-message.ts';
import { googleFailures, grantProblems, Problem, type ProblemCode } from '../errors.ts';
import type { Route } from '../http/handler.ts';
import { noParameters, parseQuery } from '../http/query.ts';
import { answer } from '../http/response.ts';
import { requireCaller } from '../sessions/caller.ts';
import { type CallerMailboxDependencies, withGrantsMailbox } from './caller-mailbox.ts';
import type { Mailbox } from './mailbox.ts';

export interface CopiedLabels {
  /** Empty if the mailbox is not copied. */
  list(mailbox: MailboxKey): Promise<readonly CopiedLabel[]>;
}

interface ListLabelsDependencies extends CallerMailboxDependencies {
  readonly copied: CopiedLabels;
}

/** Problems that make Gmail unreachable while the copy is still readable. */
const offline: readonly ProblemCode[] = [...grantProblems, ...googleFailures, 'rate_limited'];

/**
 * The labels of the mailbox with their names, because messages contain only label IDs. They come from Gmail, or from
 * the stored copy if Gmail cannot be asked; the response says which.
 */
export function listLabelsRoute(dependencies: ListLabelsDependencies): Route {
  return async (request, run) => {
    parseQuery(request, noParameters);
    const grant = await requireCaller(request, { ...dependencies, findAccount: dependencies.grants.find });
    try {
      const list = (mailbox: Mailbox) => mailbox.listLabels();
      const labels = await withGrantsMailbox(grant, run, 'listLabels', list, dependencies);
      return answer<'GET /mailbox/labels'>(200, { labels, source: 'gmail' });
    } catch (error) {
      const isOffline = error instanceof Problem && offline.includes(error.code);
      const labels = isOffline ? await copiedLabels(grant, dependencies.copied) : [];
      if (labels.length === 0) throw error;
      return answer<'GET /mailbox/labels'>(200, { labels, source: 'copy' });
    }
  };
}

async function copiedLabels(caller: MailboxKey, copied: CopiedLabels): Promise<readonly Label[]> {
  const labels = await copied.list(caller);
  return labels.flatMap(({ name, ...label }) => (name === undefined ? [] : { ...label, name }));
}
