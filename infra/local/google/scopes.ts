const root = 'https://www.googleapis.com/auth/';

/** The Gmail scopes with their texts on the consent page. */
export const gmailScopes: ReadonlyMap<string, string> = new Map([
  [`${root}gmail.readonly`, 'View your email messages and settings'],
  [`${root}gmail.metadata`, 'View your email message metadata such as labels and headers, but not the body'],
  [`${root}gmail.labels`, 'See and edit your email labels'],
  [`${root}gmail.modify`, 'Read, compose and send emails'],
  ['https://mail.google.com/', 'Read, compose, send and permanently delete all your email'],
]);

/** The scopes that identify the user: always granted, without a check box. */
export const identityScopes: ReadonlySet<string> = new Set(['openid', 'email', 'profile']);

const longNames: ReadonlyMap<string, string> = new Map([
  ['email', `${root}userinfo.email`],
  ['profile', `${root}userinfo.profile`],
]);

const shortNames = new Map([...longNames].map(([short, long]) => [long, short]));

/** Returns the scopes of a request by their internal names: `email` for `…/userinfo.email`. */
export function readScopes(text: string | undefined): string[] {
  const names = (text ?? '').split(' ').filter((scope) => scope !== '');
  return [...new Set(names.map((scope) => shortNames.get(scope) ?? scope))];
}

/**
 * Returns scopes by the names in Google's responses: `email` and `profile` by their long names, without
 * `offline_access`, which Google lacks and which represents `access_type=offline` here.
 */
export function writeScopes(scopes: Iterable<string>): string {
  return [...scopes]
    .filter((scope) => scope !== 'offline_access')
    .map((scope) => longNames.get(scope) ?? scope)
    .join(' ');
}
