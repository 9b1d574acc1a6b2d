import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Generates unguessable secrets: 256 bits, in base64url. */
export type TokenSource = () => string;

/** The token source of production. */
export const randomToken: TokenSource = () => randomBytes(32).toString('base64url');

/** The stored form of a secret: its SHA-256, in base64url. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** PKCE's code challenge of a code verifier, by the method S256 (RFC 7636, 4.2). */
export const codeChallengeOf = hashOf;

/** Whether two secrets are equal, in time that reveals neither where they differ nor their lengths. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(one)), Buffer.from(hashOf(other)));
}
