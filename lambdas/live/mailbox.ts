import type { Label, Message, MessageList } from '../api/answers.ts';
import type { MessageQuery, MessagesQuery } from '../api/requests/mail.ts';
import type { ReadOnly } from '../api/types.ts';
import type { CopiedMessage } from '../copied-message.ts';

export type ListQuery = Pick<
  MessagesQuery,
  'q' | 'labelIds' | 'maxResults' | 'pageToken' | 'includeSpamTrash'
>;

export type MessagePage = ReadOnly<MessageList>;

export type MessageFormat = NonNullable<MessageQuery['format']>;

export type Summary = Pick<CopiedMessage, 'from' | 'subject' | 'internalDate' | 'labelIds' | 'snippet'>;

export type Summaries = ReadonlyMap<string, Summary>;

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
