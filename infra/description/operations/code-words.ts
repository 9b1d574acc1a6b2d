/** What is said of the fields by which a program brings an authorization code. */
export const codeWords = {
  code: 'The authorization code of Google’s library on a phone.',
  state: 'The `state` of `GET /auth/url`.',
  codeVerifier: 'The verifier of the `code_challenge` given there.',
} as const;
