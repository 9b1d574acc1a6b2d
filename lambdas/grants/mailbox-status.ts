import { Problem } from '../errors.ts';
import type { Route } from '../http/handler.ts';
import { loginUrl } from '../http/problem-response.ts';
import { json } from '../http/response.ts';
import { missingGmailScopes } from '../scopes.ts';
import { requireSession, type SessionUse } from '../sessions/require-session.ts';
import type { Grant } from './grant.ts';

/** What a person may see of a grant: nothing of its tokens. */
export type GrantSummary = Pick<
  Grant,
  'accountId' | 'generation' | 'status' | 'email' | 'scopes' | 'connectedAt'
>;

export interface MailboxStatusDependencies extends SessionUse {
  readonly grantSummary: (accountId: string) => Promise<GrantSummary | undefined>;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
  readonly origin: string;
}

/** Which mailbox the caller has connected, and how it stands. */
export function mailboxStatusRoute(dependencies: MailboxStatusDependencies): Route {
  const { grantSummary, scopes, origin } = dependencies;
  return async (request) => {
    const session = await requireSession(request, dependencies);
    const grant = await grantSummary(session.accountId);
    if (grant === undefined || grant.generation !== session.generation) throw new Problem('login_required');
    const lacking = missingGmailScopes(scopes, grant.scopes);
    const status = grant.status === 'active' && lacking.length > 0 ? 'insufficient_scope' : grant.status;
    return json(200, {
      account: { id: grant.accountId, email: grant.email },
      status,
      scopes: grant.scopes,
      connectedAt: new Date(grant.connectedAt).toISOString(),
      ...(status !== 'active' && { authorizationUrl: loginUrl(origin, '/') }),
    });
  };
}
