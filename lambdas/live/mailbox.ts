/** What to list, in Gmail's own words. */
export interface ListQuery {
  readonly q?: string | undefined;
  readonly labelIds?: readonly string[] | undefined;
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
  readonly includeSpamTrash?: boolean | undefined;
}

/** One page of a listing. */
export interface MessagePage {
  readonly messages: readonly { readonly id: string; readonly threadId: string }[];
  readonly nextPageToken?: string | undefined;
  /** About how many there are; Gmail's estimate is no count. */
  readonly resultSizeEstimate: number;
}

/** How much of a message to give. */
export const messageFormats = ['full', 'metadata', 'minimal', 'raw'] as const;

export type MessageFormat = (typeof messageFormats)[number];

/** A message as Gmail gives it. */
export interface GmailMessage {
  readonly id: string;
  readonly threadId: string;
}

/**
 * One account's mailbox at Gmail, opened with an access token.
 *
 * Both methods throw AccessTokenRefused on 401, and Problem `insufficient_scope`, `domain_policy`, `not_found`,
 * `invalid_request`, `rate_limited`, `google_error`, `google_unavailable` or `google_timeout`.
 */
export interface Mailbox {
  listMessages(query: ListQuery): Promise<MessagePage>;
  /** Also throws `message_too_large`. */
  getMessage(id: string, format: MessageFormat): Promise<GmailMessage>;
}
