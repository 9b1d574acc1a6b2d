import type { CopiedLabel, CopiedMessage } from '../../copied-message.ts';

/** One record of a mailbox's history, its IDs as Gmail writes them. */
export interface HistoryRecord {
  readonly historyId: string;
  readonly added: readonly { readonly id: string; readonly threadId: string }[];
  readonly deleted: readonly string[];
  readonly labelsAdded: readonly { readonly id: string; readonly labelIds: readonly string[] }[];
  readonly labelsRemoved: readonly { readonly id: string; readonly labelIds: readonly string[] }[];
  /** Messages that the record names though it cannot be read as a whole: what became of them is not known. */
  readonly unclear?: readonly string[] | undefined;
}

/** A page of the history. An empty one may still have a next. */
export interface HistoryPage {
  readonly records: readonly HistoryRecord[];
  readonly nextPageToken?: string | undefined;
  /** Where the mailbox stands: the next start, when there is no next page. */
  readonly historyId: string;
}

/** A page of the list of all messages, Spam and Trash too. */
export interface IdPage {
  readonly messages: readonly { readonly id: string; readonly threadId: string }[];
  readonly nextPageToken?: string | undefined;
}

/** One part of a batch: a message, or a whole thread where that is cheaper. */
export interface FetchRequest {
  readonly kind: 'message' | 'thread';
  readonly id: string;
}

/** How one part of a batch ended; each is judged alone. */
export type FetchAnswer =
  | {
      readonly kind: 'found';
      readonly messages: readonly CopiedMessage[];
      /** Messages that came but cannot be read. */
      readonly unreadable: readonly { readonly id: string; readonly reason: string }[];
    }
  | { readonly kind: 'gone' }
  /** 5xx, a lost connection, a truncated answer: worth another try. */
  | { readonly kind: 'again' }
  /** Over a quota or too many at once: slow down; seconds, and the project's quota, only where Google named them. */
  | {
      readonly kind: 'limited';
      readonly retryAfterSeconds?: number | undefined;
      readonly projectQuota?: 'minute' | 'day' | undefined;
    }
  /** A permanent refusal of this message alone. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Gmail, as the sync reads it. Every method throws AccessTokenRefused on 401, and Problem `insufficient_scope`,
 * `domain_policy`, `gmail_not_enabled`, `rate_limited` (with seconds only where Google named a time), `google_error`,
 * `google_unavailable` or `google_timeout`.
 */
export interface SyncGmail {
  /** The address is empty where Gmail does not tell it. */
  getProfile(): Promise<{
    readonly emailAddress: string;
    readonly historyId: string;
    readonly messagesTotal: number;
  }>;
  /** 500 a page, of one label or of all; `refused`: Gmail does not know the page token. */
  listMessages(query: {
    labelId?: string | undefined;
    pageToken?: string | undefined;
  }): Promise<IdPage | 'refused'>;
  /**
   * 500 records a page, or fewer. `expired`: the start is too long ago; `refused`: Gmail does not know the page token;
   * `too large`: fewer records are to be asked for.
   */
  listHistory(query: {
    start: string;
    pageToken?: string | undefined;
    maxResults?: number | undefined;
  }): Promise<HistoryPage | 'expired' | 'refused' | 'too large'>;
  listLabels(): Promise<readonly CopiedLabel[]>;
  /** One batch. Answers stand in the order of the requests. */
  fetch(requests: readonly FetchRequest[]): Promise<readonly FetchAnswer[]>;
}
