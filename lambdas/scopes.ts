/** Google returns the short names of these scopes as long ones. */
const longNames: ReadonlyMap<string, string> = new Map([
  ['email', 'https://www.googleapis.com/auth/userinfo.email'],
  ['profile', 'https://www.googleapis.com/auth/userinfo.profile'],
]);

/** Splits a `scope` value of OAuth 2.0 (RFC 6749, 3.3) and expands short names. */
export function parseScopes(scope: string): string[] {
  const names = scope.split(' ').filter((name) => name !== '');
  return [...new Set(names.map((name) => longNames.get(name) ?? name))].sort();
}

/** Whether a scope grants access to any part of a mailbox. */
export function isGmailScope(scope: string): boolean {
  return scope.startsWith('https://www.googleapis.com/auth/gmail.') || scope === 'https://mail.google.com/';
}

const gmail = 'https://www.googleapis.com/auth/gmail.';

/** The scopes that a broader Gmail scope includes (Google, “Choose Gmail API scopes”). */
const implied: ReadonlyMap<string, readonly string[]> = new Map([
  ['https://mail.google.com/', ['modify', 'compose', 'send', 'insert', 'readonly', 'labels', 'metadata']],
  [`${gmail}modify`, ['compose', 'send', 'insert', 'readonly', 'labels', 'metadata']],
  [`${gmail}readonly`, ['metadata']],
]);

/**
 * The Gmail scopes in `asked` that `granted` does not include. Only these decide whether a consent suffices: a user who
 * deselects the profile has still granted the mailbox.
 */
export function missingGmailScopes(asked: readonly string[], granted: readonly string[]): string[] {
  const open = new Set(
    granted.flatMap((scope) => [scope, ...(implied.get(scope) ?? []).map((name) => gmail + name)]),
  );
  return asked.filter((scope) => isGmailScope(scope) && !open.has(scope));
}
