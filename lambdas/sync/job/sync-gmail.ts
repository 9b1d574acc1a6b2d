import type { CopiedLabel, CopiedMessage } from '../../copied-message.ts';

/** One record of a mailbox's history, with IDs as Gmail writes them. */
export interface HistoryRecord {
  readonly historyId: string;
  readonly added: readonly { readonly id: string; readonly threadId: string }[];
  readonly deleted: readonly string[];
  readonly labelsAdded: readonly { readonly id: string; readonly labelIds: readonly string[] }[];
  readonly labelsRemoved: readonly { readonly id: string; readonly labelIds: readonly string[] }[];
  /** Messages that an unreadable record names: their change is unknown. */
  readonly unclear?: readonly string[] | undefined;
}

/** A page of the history. An empty page may have a next page. */
export interface HistoryPage {
  readonly records: readonly HistoryRecord[];
  readonly nextPageToken?: string | undefined;
  /** The mailbox's current history ID: the next start if there is no next page. */
  readonly historyId: string;
}

/** A page of the list of all messages, Spam and Trash too. */
export interface IdPage {
  readonly messages: readonly { readonly id: string; readonly threadId: string }[];
  readonly nextPageToken?: string | undefined;
}

/** One part of a batch: a message, or a whole thread if that is cheaper. */
export interface FetchRequest {
  readonly kind: 'message' | 'thread';
  readonly id: string;
}

/** The answer to one part of a batch. */
export type FetchAnswer =
  | {
      readonly kind: 'found';
      readonly messages: readonly CopiedMessage[];
      /** Messages that were returned but cannot be read. */
      readonly unreadable: readonly { readonly id: string; readonly reason: string }[];
    }
  | { readonly kind: 'gone' }
  /** 5xx, a lost connection, a truncated answer: worth a retry. */
  | { readonly kind: 'again' }
  /** Over a quota, or too many calls at once. Seconds and the project's quota only if Google gave them. */
  | {
      readonly kind: 'limited';
      readonly retryAfterSeconds?: number | undefined;
      readonly projectQuota?: 'minute' | 'day' | undefined;
    }
  /** A permanent refusal of this message. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Gmail as the sync uses it. Every method throws AccessTokenRefused on 401, and Problem `insufficient_scope`,
 * `domain_policy`, `gmail_not_enabled`, `rate_limited` (with seconds only if Google gave them), `google_error`,
 * `google_unavailable` or `google_timeout`.
 */
export interface SyncGmail {
  /** The address is empty if Gmail does not return it. */
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
   * 500 records a page, or fewer. `expired`: the start is too old; `refused`: Gmail does not know the page token; `too
   * large`: request fewer records.
   */
  listHistory(query: {
    start: string;
    pageToken?: string | undefined;
    maxResults?: number | undefined;
  }): Promise<HistoryPage | 'expired' | 'refused' | 'too large'>;
  listLabels(): Promise<readonly CopiedLabel[]>;
  /** Fetches one batch. Answers have the order of the requests. */
  fetch(requests: readonly FetchRequest[]): Promise<readonly FetchAnswer[]>;
}
