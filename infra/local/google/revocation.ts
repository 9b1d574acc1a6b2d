import type { Artifacts } from './artifacts.ts';
import { type Answer, json } from './http.ts';

/**
 * Revokes like Google: the bearer of a token can revoke it without client authentication, and all grants and tokens of
 * that account end with it.
 */
export function revoke(artifacts: Artifacts, token: string | undefined): Answer {
  const accountId = token === undefined ? undefined : artifacts.accountOf(token);
  if (accountId === undefined) {
    return json({ error: 'invalid_token', error_description: 'Token expired or revoked' }, 400);
  }
  artifacts.revokeAccount(accountId);
  return json({});
}
