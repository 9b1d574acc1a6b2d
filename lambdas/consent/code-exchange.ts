import type { AccessToken } from '../grants/grant.ts';

/** An authorization code, and what Google was told when it was asked for. */
export interface CodeToExchange {
  readonly code: string;
  /** Empty for the code of a phone, which had none; other codes came to our callback. */
  readonly redirectUri?: string | undefined;
  /** PKCE's verifier, where Google was told its challenge. */
  readonly codeVerifier?: string;
  /** What the ID token must repeat, where Google was told one. */
  readonly nonce?: string;
}

/** What Google gave for an authorization code. */
export interface ExchangedCode {
  /** From the ID token, its claims checked. */
  readonly accountId: string;
  readonly email: string;
  /** Whether Google vouches for the address. */
  readonly emailVerified: boolean;
  /** The Workspace domain that the account belongs to (`hd`); a consumer's has none. */
  readonly hostedDomain?: string | undefined;
  /** What was granted, by long names; undefined when Google did not say, which means what was asked. */
  readonly scopes: readonly string[] | undefined;
  readonly refreshToken: string | undefined;
  /** What names the key to which the refresh token is bound; undefined: to none. */
  readonly boundTo?: string | undefined;
  readonly accessToken: AccessToken;
  /** When the refresh token ends, if Google limits it in time (epoch milliseconds). */
  readonly grantExpiresAt?: number | undefined;
}

/** Checks ID tokens that a program brings. */
export interface IdTokenVerifier {
  /**
   * Checks signature, issuer, audience, expiry and nonce.
   *
   * @returns the `sub` of the account that signed in
   * @throws Problem `no_user_id`; `google_unavailable` or `google_timeout` when Google's keys cannot be read
   */
  verifyIdToken(idToken: string, nonce: string): Promise<string>;
}

/** Exchanges authorization codes at Google. */
export interface CodeExchanger {
  /**
   * The ID of the client that codes are exchanged with.
   *
   * @param expected if another one is remembered, it is read anew: it may have been replaced.
   */
  clientId(expected?: string): Promise<string>;
  /**
   * Tries the code once, never twice.
   *
   * @throws Problem `code_exchange_failed` when Google refuses the code, `no_user_id` when it does not say whose
   * account this is, `domain_policy` when an administrator forbids it, `misconfigured` when it refuses the client,
   * `vault_unavailable` when the key for proofs cannot be used, and `google_unavailable`, `google_timeout` or
   * `google_error`.
   */
  exchangeCode(request: CodeToExchange): Promise<ExchangedCode>;
}
