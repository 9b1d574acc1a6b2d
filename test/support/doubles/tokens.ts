import type { TokenSource } from '../../../lambdas/secrets.ts';

/** Tokens of the right form that a test can foretell: `<name>1____…`, `<name>2____…` and so on. */
export function numberedTokens(name: string): TokenSource {
  let count = 0;
  return () => tokenNamed(`${name}${++count}`);
}

/** A token of the right form: 43 characters of base64url. */
export function tokenNamed(name: string): string {
  return name.padEnd(43, '_');
}
