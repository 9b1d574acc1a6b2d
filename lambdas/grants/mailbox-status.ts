import type { SyncStatus } from '../api/answers.ts';
import type { ReadOnly } from '../api/types.ts';
import type { MailboxKey } from '../copied-message.ts';
import type { Route } from '../http/handler.ts';
import { loginUrl } from '../http/problem-response.ts';
import { answer } from '../http/response.ts';
import { missingGmailScopes } from '../scopes.ts';
import { type CallerDependencies, requireSessionAccount } from '../sessions/caller.ts';
import type { Grant } from './grant.ts';

/** What a user may see of a grant: nothing of its tokens. */
export type GrantSummary = Pick<
  Grant,
  'accountId' | 'generation' | 'status' | 'email' | 'scopes' | 'connectedAt' | 'grantExpiresAt'
>;

interface MailboxStatusDependencies extends CallerDependencies<GrantSummary> {
  readonly scopes: readonly string[];
  readonly origin: string;
  readonly syncStatus: ReadSyncStatus;
}

/** Reads the status of the stored copy; undefined if there is none. */
export type ReadSyncStatus = (mailbox: MailboxKey) => Promise<ReadOnly<SyncStatus> | undefined>;

/** The status of a grant as stored; Google is not asked. */
export function shownStatus(
  { status, scopes }: Pick<Grant, 'status' | 'scopes'>,
  asked: readonly string[],
): Grant['status'] | 'insufficient_scope' {
  const lacking = missingGmailScopes(asked, scopes);
  return status === 'active' && lacking.length > 0 ? 'insufficient_scope' : status;
}

/** When a grant expires, as shown; nothing if Google sets no limit. */
export function shownExpiry({ grantExpiresAt }: Pick<Grant, 'grantExpiresAt'>) {
  return grantExpiresAt === undefined ? {} : { grantExpiresAt: new Date(grantExpiresAt).toISOString() };
}

export function mailboxStatusRoute(dependencies: MailboxStatusDependencies): Route {
  const { scopes, origin } = dependencies;
  return async (request) => {
    const grant = await requireSessionAccount(request, dependencies);
    const sync = await dependencies.syncStatus(grant);
    const status = shownStatus(grant, scopes);
    return answer<'GET /mailbox'>(200, {
      account: { id: grant.accountId, email: grant.email },
      status,
      scopes: grant.scopes,
      connectedAt: new Date(grant.connectedAt).toISOString(),
      ...shownExpiry(grant),
      ...(sync !== undefined && { sync }),
      ...(status !== 'active' && { authorizationUrl: loginUrl(origin, '/') }),
    });
  };
}
