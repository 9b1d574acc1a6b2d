import type { CopiedMessage, MailboxKey } from '../copied-message.ts';

/** Which messages of the copy are asked for. */
export interface CopyQuery {
  /** Only messages with this label. Spam and Trash are left out unless it is theirs. */
  readonly labelId?: string | undefined;
  /** From this time on, epoch milliseconds. */
  readonly after?: number | undefined;
  /** Up to, and without, this time, epoch milliseconds. */
  readonly before?: number | undefined;
  /** Where an earlier page of the same query ended. */
  readonly cursor?: string | undefined;
  /** The most messages of a page. */
  readonly limit: number;
}

/** A page of the copy. It may be short or empty and still have a cursor to go on from. */
export interface CopyPage {
  readonly messages: readonly CopiedMessage[];
  /** For each of the messages, the cursor of a page that ends with it. */
  readonly cursors: readonly string[];
  readonly cursor?: string;
}

/** The offline copy, as it is read. */
export interface CopyReader {
  /**
   * Messages by their date, newest first; reads at most 4 MB.
   *
   * @throws Problem `invalid_request` when the cursor is not of this query.
   */
  listByDate(mailbox: MailboxKey, query: CopyQuery): Promise<CopyPage>;
}
