import type { Artifacts } from './artifacts.ts';
import { type Answer, json } from './http.ts';

/**
 * Revokes as Google does: whoever holds a token may end it, without being authenticated as a client, and all of
 * that account's grants and tokens end with it.
 */
export function revoke(artifacts: Artifacts, token: string | undefined): Answer {
  const accountId = token === undefined ? undefined : artifacts.accountOf(token);
  if (accountId === undefined) {
    return json({ error: 'invalid_token', error_description: 'Token expired or revoked' }, 400);
  }
  artifacts.revokeAccount(accountId);
  return json({});
}
