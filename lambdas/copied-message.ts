/** Identifies a mailbox's copy. Rows of an older generation are void. */
export interface MailboxKey {
  readonly accountId: string;
  readonly generation: string;
}

/** What the stored copy holds of one message. */
export interface CopiedMessage {
  readonly id: string;
  readonly threadId: string;
  readonly labelIds: readonly string[];
  /** Epoch milliseconds. */
  readonly internalDate: number;
  /** The latest change included: 20 digits, padded with zeros, so that text compares like numbers. */
  readonly historyId: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** The beginning of its text; no HTML. */
  readonly snippet: string;
  /** Gmail's estimate in bytes. */
  readonly size: number;
}

/** A copied message as callers see it, in the form of Gmail's API: `internalDate` is text. */
export function showCopied({ historyId: _, internalDate, ...message }: CopiedMessage) {
  return { ...message, internalDate: String(internalDate) };
}

/** Whether the text has the form of a Gmail message ID. */
export function isMessageId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

/** The stored copy, read by message IDs. */
export interface CopiedMessages {
  /** The given messages that this generation's copy holds; very recent writes may be missing. */
  find(mailbox: MailboxKey, ids: readonly string[]): Promise<ReadonlyMap<string, CopiedMessage>>;
}

/** What shows whether a copied message is up to date. */
export type KnownMessage = Pick<CopiedMessage, 'id' | 'labelIds' | 'historyId'>;

/** A part of the copy by date, newest first. */
export interface DatedPage {
  readonly messages: readonly KnownMessage[];
  /** Where the next read continues; undefined at the end. */
  readonly next?: string | undefined;
}

/** A label of the mailbox, copied so that messages are readable while Gmail cannot be asked. */
export interface CopiedLabel {
  readonly id: string;
  /**
   * The user's name for it, at most 2,000 characters; undefined if a message has the label but Gmail does not list it.
   */
  readonly name?: string | undefined;
  readonly type: 'system' | 'user';
}

/**
 * A message that could not be copied for a reason of its own. It is stored until a copy succeeds or Gmail deletes it.
 */
export interface FailedMessage {
  readonly id: string;
  readonly reason: string;
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly nextAttemptAt: number;
}

/**
 * The result of a message's write: stored; kept, because the row's state did not match the condition; or refused by the
 * table for its content, such as a row above 400 KB.
 */
export type WriteOutcome = 'stored' | 'kept' | 'refused';

/** The IDs of messages that the table refused for their content; the others of the same call are stored. */
export type RefusedIds = ReadonlySet<string>;

/** The stored copy, as the sync writes it. */
export interface CopyStore {
  /** The given messages that are in the copy, read consistently. */
  findKnown(mailbox: MailboxKey, ids: readonly string[]): Promise<ReadonlyMap<string, KnownMessage>>;
  /** Writes messages that were just read as absent; resolves when each is stored or refused. */
  putAbsent(mailbox: MailboxKey, messages: readonly CopiedMessage[]): Promise<RefusedIds>;
  /** Writes the whole message unless the copy has a newer state of it. */
  replace(mailbox: MailboxKey, message: CopiedMessage): Promise<WriteOutcome>;
  /** Writes the whole message over the row with exactly this history ID, even if that is newer. */
  overwrite(mailbox: MailboxKey, message: CopiedMessage, historyId: string): Promise<WriteOutcome>;
  /** Sets labels and history ID of each message unless the copy has a newer state of it. */
  updateLabels(mailbox: MailboxKey, messages: readonly KnownMessage[]): Promise<RefusedIds>;
  /** Deletes messages, whether or not they exist. */
  delete(mailbox: MailboxKey, ids: readonly string[]): Promise<void>;
  /** Every copied message whose ID comes after this one, page by page, in the order of IDs. */
  scan(mailbox: MailboxKey, after?: string): AsyncIterable<readonly KnownMessage[]>;
  /**
   * The copied messages by date, newest first, page by page; a page may be empty. It reads an index, so very recent
   * writes may be missing or outdated.
   *
   * @param labelId only messages with this label
   * @param from where to continue, as a page returned it
   * @param most the page size
   */
  scanByDate(
    mailbox: MailboxKey,
    query: {
      readonly labelId?: string | undefined;
      readonly from?: string | undefined;
      readonly most: number;
    },
  ): AsyncIterable<DatedPage>;
  /** How many messages the copy holds, read consistently; undefined if time runs out before the count is complete. */
  count(mailbox: MailboxKey, until: number): Promise<number | undefined>;
  listLabels(mailbox: MailboxKey): Promise<readonly CopiedLabel[]>;
  /** Stores these labels in place of the previous ones. */
  putLabels(mailbox: MailboxKey, labels: readonly CopiedLabel[]): Promise<void>;
  /** The latest digests of errors in Gmail's lists. */
  findListErrors(mailbox: MailboxKey): Promise<readonly string[]>;
  putListErrors(mailbox: MailboxKey, digests: readonly string[]): Promise<void>;
  listFailed(mailbox: MailboxKey): Promise<readonly FailedMessage[]>;
  putFailed(mailbox: MailboxKey, failed: FailedMessage): Promise<void>;
  deleteFailed(mailbox: MailboxKey, ids: readonly string[]): Promise<void>;
  /**
   * Deletes rows of the copy, including failed messages, labels and list errors, until none is left or time runs out.
   *
   * @returns whether none is left
   */
  erase(mailbox: MailboxKey, until: number): Promise<boolean>;
}

/** The characters that Gmail escapes by name in a snippet. */
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** A snippet as text; Gmail's API returns it as HTML. */
export function plainSnippet(html: string): string {
  return html.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/gi,
    (code, decimal, hex, name) => {
      if (name !== undefined) return named[String(name).toLowerCase()] ?? code;
      const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      const isCharacter = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
      return isCharacter ? String.fromCodePoint(point) : code;
    },
  );
}

/** A snippet as stored: as HTML, like Gmail's own that earlier versions stored, so that all rows have one form. */
export function storedSnippet(text: string): string {
  return text.replaceAll('&', '&amp;');
}

/** Pads a history ID so that text compares like numbers. */
export function padHistoryId(historyId: string): string {
  return historyId.padStart(20, '0');
}
