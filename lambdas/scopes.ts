/** Google answers the short names of these scopes with the long ones. */
const longNames: Readonly<Record<string, string>> = {
  email: 'https://www.googleapis.com/auth/userinfo.email',
  profile: 'https://www.googleapis.com/auth/userinfo.profile',
};

/** Splits a `scope` value as OAuth 2.0 writes it (RFC 6749, 3.3) and gives every scope its long name. */
export function parseScopes(scope: string): string[] {
  const names = scope.split(' ').filter((name) => name !== '');
  return [...new Set(names.map((name) => longNames[name] ?? name))].sort();
}

/** Whether a scope opens any part of a mailbox. */
export function isGmailScope(scope: string): boolean {
  return scope.startsWith('https://www.googleapis.com/auth/gmail.') || scope === 'https://mail.google.com/';
}

/**
 * The Gmail scopes among `asked` that `granted` lacks. Only these decide whether a consent suffices: whoever
 * unticks the profile has still granted the mailbox.
 */
export function missingGmailScopes(asked: readonly string[], granted: readonly string[]): string[] {
  return asked.filter((scope) => isGmailScope(scope) && !granted.includes(scope));
}
