import { Problem } from '../errors.ts';
import type { AccessTokens } from '../grants/access-tokens.ts';
import type { GrantStore } from '../grants/grant.ts';
import { type GrantRequirement, requireUsable } from '../grants/require-grant.ts';
import type { Route } from '../http/handler.ts';
import { noParameters, parseQuery } from '../http/query.ts';
import { answer } from '../http/response.ts';
import type { Logger } from '../log.ts';
import { requireAccount } from '../sessions/caller.ts';

interface IssueAccessTokenDependencies {
  readonly allowed: boolean;
  readonly grants: Pick<GrantStore, 'find'>;
  readonly accessTokens: Pick<AccessTokens, 'issue'>;
  readonly clientId: () => Promise<string>;
  readonly scopes: GrantRequirement['scopes'];
  readonly log: Logger;
}

/**
 * Issues an access token of an account to a backend, which then calls Gmail itself, and logs that. The refresh token is
 * never issued.
 */
export function issueAccessTokenRoute(dependencies: IssueAccessTokenDependencies): Route {
  const { allowed, grants, accessTokens, clientId, scopes, log } = dependencies;
  return async (request) => {
    if (!allowed) throw new Problem('access_tokens_off');
    parseQuery(request, noParameters);
    const grant = await requireAccount(request, { findAccount: grants.find });
    requireUsable(grant, { clientId: await clientId(), scopes });
    const { token, expiresAt } = await accessTokens.issue(grant);
    const { requestId, signedBy } = request;
    log.info({ event: 'access token issued', accountId: grant.accountId, signedBy, requestId });
    return answer<'POST /accounts/{accountId}/access-token'>(200, {
      accessToken: token,
      expiresAt: new Date(expiresAt).toISOString(),
      scopes: grant.scopes,
    });
  };
}
