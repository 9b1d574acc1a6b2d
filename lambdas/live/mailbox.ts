import type { Label, Message } from '../api/answers.ts';
import type { MessageQuery } from '../api/requests/mail.ts';
import type { ReadOnly } from '../api/types.ts';
import type { CopiedMessage } from '../copied-message.ts';

/** A query in Gmail's own parameters. */
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
  /** Gmail's estimate, not a count. */
  readonly resultSizeEstimate: number;
}

/** The format of a message, as in Gmail's API. */
export type MessageFormat = NonNullable<MessageQuery['format']>;

/** What a list shows of a message. */
export type Summary = Pick<CopiedMessage, 'from' | 'subject' | 'internalDate' | 'labelIds' | 'snippet'>;

/** Summaries by the ID of their message. */
export type Summaries = ReadonlyMap<string, Summary>;

/** The result of a batch call. */
export interface SummaryBatch {
  readonly summaries: Summaries;
  /** Google ran short of quota or failed: send no further requests now. */
  readonly hindered: boolean;
}

/**
 * One account's mailbox at Gmail, opened with an access token.
 *
 * Every method throws AccessTokenRefused on 401, and Problem `insufficient_scope`, `domain_policy`,
 * `gmail_not_enabled`, `not_found`, `invalid_request`, `rate_limited`, `google_error`, `google_unavailable` or
 * `google_timeout`.
 */
export interface Mailbox {
  listMessages(query: ListQuery): Promise<MessagePage>;
  /** Also throws `message_too_large`. */
  getMessage(id: string, format: MessageFormat): Promise<ReadOnly<Message>>;
  /** Every label of the mailbox, in no particular order. */
  listLabels(): Promise<readonly Label[]>;
  /** Summaries of at most 100 messages by one batch call; a message that is gone or unreadable has none. */
  getSummaries(ids: readonly string[]): Promise<SummaryBatch>;
}
