const gmail = 'https://www.googleapis.com/auth/gmail.';

/** What each scope allows, in words that complete “It will be able to …” (Google, “Choose Gmail API scopes”). */
const words = new Map([
  ['openid', 'know which Google account this is'],
  ['email', 'see the address of your Google account'],
  ['https://www.googleapis.com/auth/userinfo.email', 'see the address of your Google account'],
  ['profile', 'see your name and picture'],
  ['https://www.googleapis.com/auth/userinfo.profile', 'see your name and picture'],
  ['https://mail.google.com/', 'read, write, send and delete all your mail for good'],
  [`${gmail}readonly`, 'read all your mail and mail settings'],
  [`${gmail}modify`, 'read, write, send, label and bin your mail'],
  [`${gmail}metadata`, 'see the headers and labels of all your mail, but not its text'],
  [`${gmail}labels`, 'see and change your labels'],
  [`${gmail}compose`, 'write drafts and send mail in your name'],
  [`${gmail}send`, 'send mail in your name'],
  [`${gmail}insert`, 'put messages into your mailbox'],
  [`${gmail}settings.basic`, 'see and change your mail settings and filters'],
  [`${gmail}settings.sharing`, 'change who else may read and send your mail, and where it is forwarded'],
]);

/** What the scopes allow, in plain words without duplicates. An unknown scope is shown by its name. */
export function wordsForScopes(scopes: readonly string[]): string[] {
  return [...new Set(scopes.map((scope) => words.get(scope) ?? `use ${scope}`))];
}
