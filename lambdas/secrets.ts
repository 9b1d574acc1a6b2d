import { createHash, randomBytes } from 'node:crypto';

/** Makes secrets nobody can guess: 256 bits, in base64url. */
export type TokenSource = () => string;

/** The token source of production. */
export const randomToken: TokenSource = () => randomBytes(32).toString('base64url');

/** What is stored of a secret in place of it: its SHA-256, in base64url. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
