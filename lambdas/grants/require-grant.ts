import { Problem } from '../errors.ts';
import { missingGmailScopes } from '../scopes.ts';
import type { Grant } from './grant.ts';

export interface GrantRequirement {
  readonly clientId: string;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
}

/**
 * The reason why the grant cannot be used, as stored.
 *
 * @returns the problem's code; undefined if the grant can be used.
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
 * Requires that the grant can be used.
 *
 * @throws Problem `grant_revoked`, `client_changed` or `insufficient_scope`; a new consent resolves each
 */
export function requireUsable(
  grant: Pick<Grant, 'status' | 'clientId' | 'scopes'>,
  demand: GrantRequirement,
): void {
  const obstacle = problemOfGrant(grant, demand);
  if (obstacle !== undefined) throw new Problem(obstacle);
}
