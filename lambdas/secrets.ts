import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Makes secrets nobody can guess: 256 bits, in base64url. */
export type TokenSource = () => string;

/** The token source of production. */
export const randomToken: TokenSource = () => randomBytes(32).toString('base64url');

/** What is stored of a secret in place of it: its SHA-256, in base64url. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Whether two secrets are the same. How long that takes tells nothing of where they differ, nor how long they are. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(one)), Buffer.from(hashOf(other)));
}
