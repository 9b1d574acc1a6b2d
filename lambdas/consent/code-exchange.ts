import type { Consent } from '../grants/vault.ts';

export interface CodeToExchange {
  readonly code: string;
  /** Empty for a phone's code, which has none; other codes came to our callback. */
  readonly redirectUri?: string | undefined;
  /** PKCE's code verifier, if the request had a challenge. */
  readonly codeVerifier?: string;
  /** The nonce that the ID token must repeat, if the request had one. */
  readonly nonce?: string;
}

/** Google's response to an authorization code; the account is that of the ID token, whose claims are verified. */
export interface ExchangedCode extends Omit<Consent, 'clientId' | 'scopes' | 'askedScopes'> {
  /** The Workspace domain of the account (`hd`); a consumer account has none. */
  readonly hostedDomain?: string | undefined;
  /** The granted scopes, by their long names; undefined if Google named none, which means the requested ones. */
  readonly scopes: readonly string[] | undefined;
}

export interface IdTokenVerifier {
  /**
   * Verifies signature, issuer, audience, expiry and nonce.
   *
   * @returns the `sub` of the account that signed in
   * @throws Problem `no_user_id`; `google_unavailable` or `google_timeout` if Google's keys cannot be read
   */
  verifyIdToken(idToken: string, nonce: string): Promise<string>;
}

export interface CodeExchanger {
  /**
   * The ID of the client that exchanges codes.
   *
   * @param expected if a different ID is cached, the client is read again, because it may have been replaced.
   */
  clientId(expected?: string): Promise<string>;
  /**
   * Sends the code once, never twice.
   *
   * @throws Problem `code_exchange_failed` if Google refuses the code, `no_user_id` if it does not identify the
   *   account, `domain_policy` if an administrator blocks the application, `misconfigured` if it refuses the client,
   *   `vault_unavailable` if the DPoP key cannot be used, and `google_unavailable`, `google_timeout` or `google_error`.
   */
  exchangeCode(request: CodeToExchange): Promise<ExchangedCode>;
}
