/** Whose copy: rows of an older generation are nobody's. */
export interface MailboxKey {
  readonly accountId: string;
  readonly generation: string;
}

/** What the offline copy holds of one message. */
export interface CopiedMessage {
  readonly id: string;
  readonly threadId: string;
  readonly labelIds: readonly string[];
  /** Epoch milliseconds. */
  readonly internalDate: number;
  /** The last change of the message that this shows: 20 digits, padded with zeros, so that text compares as numbers. */
  readonly historyId: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** The beginning of its text; no HTML. */
  readonly snippet: string;
  /** Bytes, as Gmail estimates them. */
  readonly size: number;
}

/** A message of the copy as callers are shown it, in the words of Gmail's own API: `internalDate` is text. */
export function showCopied({ historyId: _, internalDate, ...message }: CopiedMessage) {
  return { ...message, internalDate: String(internalDate) };
}

/** Whether a message of Gmail may have this ID. */
export function isMessageId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

/** The offline copy, as it is read by the IDs of messages. */
export interface CopiedMessages {
  /** Those of the messages that this generation’s copy holds; what was written a moment ago may be missing. */
  find(mailbox: MailboxKey, ids: readonly string[]): Promise<ReadonlyMap<string, CopiedMessage>>;
}

/** What tells whether a message of the copy is up to date. */
export type KnownMessage = Pick<CopiedMessage, 'id' | 'labelIds' | 'historyId'>;

/** A part of the copy in the order of dates, newest first. */
export interface DatedPage {
  readonly messages: readonly KnownMessage[];
  /** Where a later read goes on behind this part; undefined: nothing is left. */
  readonly next?: string | undefined;
}

/** A label of the mailbox, as the copy keeps it so that its messages can be read when Gmail cannot be asked. */
export interface CopiedLabel {
  readonly id: string;
  /** As the person wrote it, 2,000 characters at most; undefined: a message has the label, but Gmail does not list it. */
  readonly name?: string | undefined;
  readonly type: 'system' | 'user';
}

/** A message that could not be copied for a reason of its own. It stands until it succeeds or is gone from Gmail. */
export interface FailedMessage {
  readonly id: string;
  readonly reason: string;
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly nextAttemptAt: number;
}

/**
 * How the write of a message ended: it is stored, or the row was kept since it shows another state than the condition
 * names, or the table refuses the message for its content, such as a row above 400 KB.
 */
export type WriteOutcome = 'stored' | 'kept' | 'refused';

/** The IDs of messages that the table refuses for their content; the others of the same call are stored. */
export type RefusedIds = ReadonlySet<string>;

/** The offline copy, as the sync writes it. */
export interface CopyStore {
  /** Those of the messages that are in the copy, read consistently. */
  findKnown(mailbox: MailboxKey, ids: readonly string[]): Promise<ReadonlyMap<string, KnownMessage>>;
  /** Writes messages that were just read as absent; returns when every one is stored or refused. */
  putAbsent(mailbox: MailboxKey, messages: readonly CopiedMessage[]): Promise<RefusedIds>;
  /** Writes the whole message, unless the copy holds a newer state of it. */
  replace(mailbox: MailboxKey, message: CopiedMessage): Promise<WriteOutcome>;
  /** Writes the whole message over the row that has exactly this history ID, be that newer. */
  overwrite(mailbox: MailboxKey, message: CopiedMessage, historyId: string): Promise<WriteOutcome>;
  /** Sets labels and history ID of those messages of which the copy holds no newer state. */
  updateLabels(mailbox: MailboxKey, messages: readonly KnownMessage[]): Promise<RefusedIds>;
  /** Deletes messages, whether or not they are there. */
  delete(mailbox: MailboxKey, ids: readonly string[]): Promise<void>;
  /** Every message of the copy whose ID comes after this one, page by page, in the order of IDs. */
  scan(mailbox: MailboxKey, after?: string): AsyncIterable<readonly KnownMessage[]>;
  /**
   * The messages of the copy in the order of dates, newest first, page by page; a page may be empty. It is read from an
   * index: what was written a moment ago may be missing or shown as it was.
   *
   * @param labelId only those with this label
   * @param from where it goes on, as a page named it
   * @param most messages of a page, at the most
   */
  scanByDate(
    mailbox: MailboxKey,
    query: {
      readonly labelId?: string | undefined;
      readonly from?: string | undefined;
      readonly most: number;
    },
  ): AsyncIterable<DatedPage>;
  /** How many messages the copy holds, read consistently; undefined when the time is over before all are counted. */
  count(mailbox: MailboxKey, until: number): Promise<number | undefined>;
  listLabels(mailbox: MailboxKey): Promise<readonly CopiedLabel[]>;
  /** Keeps these labels in place of those that were kept before. */
  putLabels(mailbox: MailboxKey, labels: readonly CopiedLabel[]): Promise<void>;
  /** Digests of errors in Gmail's lists, as they were put last. */
  findListErrors(mailbox: MailboxKey): Promise<readonly string[]>;
  putListErrors(mailbox: MailboxKey, digests: readonly string[]): Promise<void>;
  listFailed(mailbox: MailboxKey): Promise<readonly FailedMessage[]>;
  putFailed(mailbox: MailboxKey, failed: FailedMessage): Promise<void>;
  deleteFailed(mailbox: MailboxKey, ids: readonly string[]): Promise<void>;
  /**
   * Deletes rows of the copy, failed messages, labels and list errors included, until none is left or the time is over.
   *
   * @returns whether none is left
   */
  erase(mailbox: MailboxKey, until: number): Promise<boolean>;
}

/** The characters that Gmail writes by name in a snippet. */
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** A snippet as text: Gmail's API writes it as HTML. */
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

/** A snippet as rows hold it: as HTML, as Gmail's own that earlier versions stored, so that all rows read alike. */
export function storedSnippet(text: string): string {
  return text.replaceAll('&', '&amp;');
}

/** Gives a history ID the width under which text compares as numbers. */
export function padHistoryId(historyId: string): string {
  return historyId.padStart(20, '0');
}
