/** Where Google sends the browser back to: the redirect URI to register in Google's console, letter by letter. */
export function redirectUriOf(origin: string): string {
  return `${origin}/auth/callback`;
}
