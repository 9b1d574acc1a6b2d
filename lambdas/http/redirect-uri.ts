/** The OAuth redirect URI; the one registered in Google's console must match it exactly. */
export function redirectUriOf(origin: string): string {
  return `${origin}/auth/callback`;
}
