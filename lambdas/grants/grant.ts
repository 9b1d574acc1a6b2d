export type GrantStatus = 'active' | 'revoked' | 'disconnecting';

export type Ciphertext = Uint8Array;

/** An access token and when it expires (epoch milliseconds). */
export interface AccessToken {
  readonly token: string;
  readonly expiresAt: number;
}

/** The offline access that one Google account granted. Times are epoch milliseconds. */
export interface Grant {
  /** Google's `sub`: the key of the account. Addresses change. */
  readonly accountId: string;
  /** A random ID, new with each consent after a disconnect. Data of an older generation is void. */
  readonly generation: string;
  /** A random ID, new with each stored consent. A late write for an older consent must not change this grant. */
  readonly consentId: string;
  readonly status: GrantStatus;
  /** When the status was last written; undefined since the consent, and in rows older than this attribute. */
  readonly statusSince?: number | undefined;
  readonly email: string;
  /** Google has not verified the address, so backends do not find the account by it. */
  readonly emailUnverified?: true | undefined;
  /**
   * The owner in the words of the team that invited the account: its tenant, its user, or both. Undefined unless
   * invited.
   */
  readonly owner?: string | undefined;
  readonly clientId: string;
  /** The granted scopes, by their long names. */
  readonly scopes: readonly string[];
  readonly connectedAt: number;
  readonly refreshToken: Ciphertext;
  /**
   * The JWK thumbprint (RFC 7638) of the key that Google has bound the refresh token to; undefined if it is not bound,
   * as for every grant from before DPoP keys existed.
   */
  readonly boundTo?: string | undefined;
  /** When the refresh token ends, if Google limits it: by the user's choice, or for an app in testing. */
  readonly grantExpiresAt?: number | undefined;
  /** The `grantExpiresAt` that the change feed has announced. */
  readonly announcedExpiry?: number | undefined;
  readonly accessToken?: { readonly ciphertext: Ciphertext; readonly expiresAt: number } | undefined;
}

export type EndingGrant = Pick<
  Grant,
  'accountId' | 'generation' | 'status' | 'statusSince' | 'owner' | 'clientId' | 'refreshToken'
>;

/** The state in which a writer read a grant: `undefined` if there was none. */
type SeenGrant = Pick<Grant, 'consentId' | 'status'> | undefined;

/** The store of grants. Conditional writes return whether they took place. */
export interface GrantStore {
  find(accountId: string): Promise<Grant | undefined>;
  /** Stores the grant if the account's row is unchanged since it was read. */
  replace(grant: Grant, seen: SeenGrant): Promise<boolean>;
  /** Stores a newer access token if the grant is still active under the same consent. */
  putAccessToken(
    grant: Pick<Grant, 'accountId' | 'consentId'>,
    accessToken: { ciphertext: Ciphertext; expiresAt: number },
    /** When the grant ends, if Google names it with the token. */
    grantExpiresAt?: number,
  ): Promise<boolean>;
  /** Removes the stored access token that expires at this time, if the consent is still the same. */
  dropAccessToken(grant: Pick<Grant, 'accountId' | 'consentId'>, expiresAt: number): Promise<boolean>;
  /** Stores which end of the grant has been announced, if the consent is still the same. */
  putAnnouncedExpiry(grant: Pick<Grant, 'accountId' | 'consentId'>, grantExpiresAt: number): Promise<boolean>;
  /** Changes the status and drops the access token, if the consent is still the same. */
  putStatus(
    grant: Pick<Grant, 'accountId' | 'consentId'>,
    status: GrantStatus,
    now: number,
  ): Promise<boolean>;
  /**
   * Deletes the grant if it is still disconnecting in this generation. Returns true if it is gone, even if another
   * request deleted it.
   */
  erase(grant: Pick<Grant, 'accountId' | 'generation'>): Promise<boolean>;
}
