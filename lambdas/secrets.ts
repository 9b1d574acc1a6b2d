import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Generates unguessable secrets: 256 bits, in base64url. */
export type TokenSource = () => string;

/** The token source of production. */
export const randomToken: TokenSource = () => randomBytes(32).toString('base64url');

/** The stored form of a secret: its SHA-256, in base64url. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Whether two secrets are equal, in time that reveals neither where they differ nor their lengths. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(one)), Buffer.from(hashOf(other)));
}
