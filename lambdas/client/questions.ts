/** What the routes may be asked, as a program writes it. A test holds each to the schema that its route validates with. */

/** `GET /auth/login`, and `GET /auth/url` but for `code_challenge`. */
export interface ConsentQuery {
  /** An e-mail address or a `sub`: whom Google’s page is to suggest. */
  readonly login_hint?: string | undefined;
  /** Where the consent leads back to. */
  readonly return_to?: string | undefined;
  readonly prompt?: 'consent' | 'select_account' | undefined;
  /** For a `return_to` on another origin: the S256 challenge of the application there. */
  readonly code_challenge?: string | undefined;
  readonly code_challenge_method?: 'S256' | undefined;
}

/** `GET /auth/url?purpose=code`. */
export interface CodeQuery {
  readonly code_challenge: string;
  readonly code_challenge_method?: 'S256' | undefined;
  readonly redirect_uri?: '' | undefined;
}

/** `POST /auth/session`. */
export interface HandoffProof {
  readonly handoff: string;
  readonly codeVerifier: string;
}

/** `POST /auth/code`. */
export interface BroughtCode {
  readonly code: string;
  readonly state: string;
  readonly codeVerifier: string;
  /** Of the same sign-in, with the nonce that came with the state. */
  readonly idToken: string;
}

/** `POST /accounts/code`; with either `idToken` or `accountId`. */
export interface BroughtCodeOfOwner extends Omit<BroughtCode, 'idToken'> {
  readonly idToken?: string | undefined;
  /** The number (`sub`) of the Google account that the code must be of. */
  readonly accountId?: string | undefined;
  readonly owner?: string | undefined;
}

/** `POST /accounts/connect-links`. */
export interface ConnectLinkOrder {
  readonly owner: string;
  /** Who asks, in words for the person who opens the link. */
  readonly requester?: string | undefined;
  readonly accountId?: string | undefined;
  readonly email?: string | undefined;
  readonly returnTo?: string | undefined;
  readonly expiresInSeconds?: number | undefined;
}

/** `GET /messages`. */
export interface MessagesQuery {
  readonly q?: string | undefined;
  readonly labelIds?: readonly string[] | undefined;
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
  readonly includeSpamTrash?: boolean | undefined;
  readonly all?: boolean | undefined;
  readonly view?: 'ids' | 'summary' | undefined;
}

/** `GET /messages/{id}`. */
export interface MessageQuery {
  readonly format?: 'full' | 'metadata' | 'minimal' | 'raw' | undefined;
}

/** `GET /mailbox/messages`. */
export interface CopyQuery {
  /** The IDs of up to 100 messages, separated by commas; alone, or with `pageToken` and `maxResults`. */
  readonly ids?: string | undefined;
  readonly labelId?: string | undefined;
  /** From this moment on. */
  readonly after?: Moment | undefined;
  /** Up to, and without, this moment. */
  readonly before?: Moment | undefined;
  readonly pageToken?: string | undefined;
  readonly maxResults?: number | undefined;
}

/** A moment: a date, ISO 8601, or epoch milliseconds. */
export type Moment = Date | string | number;

/** `GET /mailbox/changes`. */
export interface ChangesQuery {
  /** A cursor, or `now`; the oldest change that is kept, if it is left out. */
  readonly after?: string | undefined;
  readonly maxResults?: number | undefined;
  /** `summary` adds to each message what the copy holds of it. */
  readonly view?: 'ids' | 'summary' | undefined;
}

/** `GET /accounts`. */
export interface AccountsQuery {
  readonly email?: string | undefined;
  readonly status?: 'active' | 'revoked' | 'insufficient_scope' | 'disconnecting' | undefined;
  readonly pageToken?: string | undefined;
  readonly maxResults?: number | undefined;
}
