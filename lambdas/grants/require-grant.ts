import { Problem } from '../errors.ts';
import { missingGmailScopes } from '../scopes.ts';
import type { Session } from '../sessions/session.ts';
import type { Grant, GrantStore } from './grant.ts';

/** What a grant must fit to be used. */
export interface GrantDemand {
  readonly clientId: string;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
}

/**
 * Whether the grant can be used as things stand, and if not, why.
 *
 * @returns undefined when it can, else the problem's code.
 */
export function obstacleTo(
  grant: Pick<Grant, 'status' | 'clientId' | 'scopes'>,
  { clientId, scopes }: GrantDemand,
): 'grant_revoked' | 'client_changed' | 'insufficient_scope' | undefined {
  if (grant.status !== 'active') return 'grant_revoked';
  if (grant.clientId !== clientId) return 'client_changed';
  if (missingGmailScopes(scopes, grant.scopes).length > 0) return 'insufficient_scope';
  return undefined;
}

/**
 * The stored grant of whoever is calling.
 *
 * @throws Problem `login_required` when there is none of the session's generation, else `grant_revoked`,
 * `client_changed` or `insufficient_scope`: each is mended by a new consent.
 */
export async function requireGrant(
  session: Pick<Session, 'accountId' | 'generation'>,
  demand: GrantDemand,
  grants: Pick<GrantStore, 'find'>,
): Promise<Grant> {
  const grant = await grants.find(session.accountId);
  if (grant === undefined || grant.generation !== session.generation) throw new Problem('login_required');
  const obstacle = obstacleTo(grant, demand);
  if (obstacle !== undefined) throw new Problem(obstacle);
  return grant;
}
