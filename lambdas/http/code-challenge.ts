import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { once } from './query.ts';

/** PKCE's challenge of a code verifier, by the method S256 (RFC 7636, 4.2). */
export function codeChallengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url');
}

/** A challenge by the method S256: a SHA-256 in base64url. */
export const codeChallenge = v.pipe(
  v.string('must be a text'),
  v.regex(/^[A-Za-z0-9_-]{43}$/, 'must be a SHA-256 in base64url, which has 43 characters'),
);

/** The parameter that may name the method; there is one. */
export const codeChallengeMethod = v.optional(v.pipe(once, v.literal('S256', 'can only be S256')));

/** A code verifier (RFC 7636, 4.1). */
export const codeVerifier = v.pipe(
  v.string('must be a text'),
  v.regex(/^[A-Za-z0-9._~-]{43,128}$/, 'must have 43 to 128 characters: letters, digits, - . _ ~'),
);
