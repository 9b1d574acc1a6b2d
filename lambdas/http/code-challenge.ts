import { createHash } from 'node:crypto';

/** PKCE's code challenge of a code verifier, by the method S256 (RFC 7636, 4.2). */
export function codeChallengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url');
}
