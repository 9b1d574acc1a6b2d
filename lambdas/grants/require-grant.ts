import { Problem } from '../errors.ts';
import { missingGmailScopes } from '../scopes.ts';
import type { Grant } from './grant.ts';

/** What a grant must fit to be used. */
export interface GrantRequirement {
  readonly clientId: string;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
}

/**
 * Whether the grant can be used as things stand, and if not, why.
 *
 * @returns undefined when it can, else the problem's code.
 */
export function problemOfGrant(
  grant: Pick<Grant, 'status' | 'clientId' | 'scopes'>,
  { clientId, scopes }: GrantRequirement,
): 'grant_revoked' | 'client_changed' | 'insufficient_scope' | undefined {
  if (grant.status !== 'active') return 'grant_revoked';
  if (grant.clientId !== clientId) return 'client_changed';
  if (missingGmailScopes(scopes, grant.scopes).length > 0) return 'insufficient_scope';
  return undefined;
}

/**
 * Checks that the grant can be used.
 *
 * @throws Problem `grant_revoked`, `client_changed` or `insufficient_scope`: a new consent removes each
 */
export function requireUsable(
  grant: Pick<Grant, 'status' | 'clientId' | 'scopes'>,
  demand: GrantRequirement,
): void {
  const obstacle = problemOfGrant(grant, demand);
  if (obstacle !== undefined) throw new Problem(obstacle);
}
