/** Why a grant can or cannot be used, as last seen. */
export type GrantStatus = 'active' | 'revoked' | 'disconnecting';

/** The encrypted form of a token, made by the token key. */
export type Ciphertext = Uint8Array;

/** An access token we hold, and when it ends (epoch milliseconds). */
export interface AccessToken {
  readonly token: string;
  readonly expiresAt: number;
}

/** The offline access that one Google account gave us. Times are epoch milliseconds. */
export interface Grant {
  /** Google's `sub`: the account's key, never its address. */
  readonly accountId: string;
  /** A random ID, new with each consent after a disconnect: what was written for an older one is void. */
  readonly generation: string;
  /** A random ID, new with each stored consent: a late writer of an older one must not touch this one. */
  readonly consentId: string;
  readonly status: GrantStatus;
  /** When the status was last written; undefined since the consent, and in rows from before it was kept. */
  readonly statusSince?: number | undefined;
  readonly email: string;
  /** Google does not vouch for the address, and backends do not find the account by it. */
  readonly emailUnverified?: true | undefined;
  /** Whose mailbox it is in the words of the team that invited it: its tenant, its user, both. Nobody's unless invited. */
  readonly owner?: string | undefined;
  readonly clientId: string;
  /** What was granted, by long names. */
  readonly scopes: readonly string[];
  readonly connectedAt: number;
  readonly refreshToken: Ciphertext;
  /**
   * The JWK thumbprint (RFC 7638) of the key to which Google has bound the refresh token; undefined where it is bound to
   * none, as all are from before keys were kept for that.
   */
  readonly boundTo?: string | undefined;
  /** When the refresh token ends, if Google limits it in time: for a person's choice, or an app in testing. */
  readonly grantExpiresAt?: number | undefined;
  /** The `grantExpiresAt` that the change feed has announced. */
  readonly announcedExpiry?: number | undefined;
  readonly accessToken?: { readonly ciphertext: Ciphertext; readonly expiresAt: number } | undefined;
}

/** What must be known of a grant to end it. */
export type EndingGrant = Pick<
  Grant,
  'accountId' | 'generation' | 'status' | 'statusSince' | 'owner' | 'clientId' | 'refreshToken'
>;

/** The state in which a writer saw a grant: `undefined` where there was none. */
export type SeenGrant = Pick<Grant, 'consentId' | 'status'> | undefined;

/** Where grants are kept. Conditional writes answer whether they took place. */
export interface GrantStore {
  find(accountId: string): Promise<Grant | undefined>;
  /** Stores the grant if the account's row still is as it was seen. */
  replace(grant: Grant, seen: SeenGrant): Promise<boolean>;
  /** Stores a newer access token if the grant is still active under the same consent. */
  putAccessToken(
    grant: Pick<Grant, 'accountId' | 'consentId'>,
    accessToken: { ciphertext: Ciphertext; expiresAt: number },
    /** When the grant ends, where Google says it with the token. */
    grantExpiresAt?: number,
  ): Promise<boolean>;
  /** Removes the stored access token that ends at this time, if it is still stored under the same consent. */
  dropAccessToken(grant: Pick<Grant, 'accountId' | 'consentId'>, expiresAt: number): Promise<boolean>;
  /** Stores which end of the grant has been announced, if the consent is still the same. */
  putAnnouncedExpiry(grant: Pick<Grant, 'accountId' | 'consentId'>, grantExpiresAt: number): Promise<boolean>;
  /** Changes the status as of now, and drops the access token, if the consent is still the same. */
  putStatus(
    grant: Pick<Grant, 'accountId' | 'consentId'>,
    status: GrantStatus,
    now: number,
  ): Promise<boolean>;
  /** Deletes the grant if it is still disconnecting in this generation; true when it is gone, be it by another. */
  erase(grant: Pick<Grant, 'accountId' | 'generation'>): Promise<boolean>;
}
