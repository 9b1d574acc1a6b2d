import * as v from 'valibot';
import {
  type CopiedLabel,
  type CopiedMessage,
  type FailedMessage,
  type MailboxKey,
  plainSnippet,
  storedSnippet,
} from '../copied-message.ts';
import { copiedLabelsKey, failedMessagesKey } from './row-parts.ts';
import type { SchemasOf } from './table.ts';

/** The schema version of rows in the messages table. */
export const schemaVersion = 1;

/** As stored: under `messageId`. */
type InRow<Item extends { readonly id: string }> = Omit<Item, 'id'> & { readonly messageId: string };

/** A copied message as stored, without its keys. */
export const messageRow = v.object({
  messageId: v.string(),
  threadId: v.string(),
  labelIds: v.array(v.string()),
  internalDate: v.number(),
  historyId: v.string(),
  from: v.string(),
  to: v.string(),
  subject: v.string(),
  snippet: v.pipe(v.string(), v.transform(plainSnippet)),
  size: v.number(),
} satisfies SchemasOf<InRow<CopiedMessage>>);

/** The partition of a mailbox's copy; each generation has its own. */
export function partitionOf({ accountId, generation }: MailboxKey): string {
  return `${accountId}#${generation}`;
}

/** The partition of messages that could not be copied, which lists by date do not contain. */
export function failedPartitionOf(mailbox: MailboxKey): string {
  return `${partitionOf(mailbox)}${failedMessagesKey}`;
}

/** The partition of label names. */
export function labelsPartitionOf(mailbox: MailboxKey): string {
  return `${partitionOf(mailbox)}${copiedLabelsKey}`;
}

/** The partition of errors in Gmail's lists: one row. */
export function listErrorsPartitionOf(mailbox: MailboxKey): string {
  return `${partitionOf(mailbox)}#list-errors`;
}

/** Digests of errors in Gmail's lists, separated by spaces, without the keys. */
export const listErrorsRow = v.object({ digests: v.string() });

/** A part of a mailbox's labels, without the keys. */
export const labelsRow = v.object({
  labels: v.array(
    v.object({ id: v.string(), name: v.optional(v.string()), type: v.picklist(['system', 'user']) }),
  ),
});

/** Bytes of labels in a row, unless a single one has more: a mailbox has up to 10,000 labels, an item 400 KB. */
const labelsOfRow = 100_000;

/** The items of a mailbox's labels: one, unless there are many. Their `messageId` numbers them. */
export function writeLabels(mailbox: MailboxKey, labels: readonly CopiedLabel[]) {
  const parts: CopiedLabel[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const label of labels) {
    const size = Buffer.byteLength(JSON.stringify(label));
    bytes += size;
    if (bytes <= labelsOfRow) parts.at(-1)?.push(label);
    else {
      parts.push([label]);
      bytes = size;
    }
  }
  return parts.map((part, index) => ({
    mailbox: labelsPartitionOf(mailbox),
    messageId: String(index).padStart(4, '0'),
    labels: part,
    schemaVersion,
  }));
}

/** A message that could not be copied, as stored, without its partition. */
export const failedRow = v.object({
  messageId: v.string(),
  reason: v.string(),
  attempts: v.number(),
  nextAttemptAt: v.number(),
} satisfies SchemasOf<InRow<FailedMessage>>);

/** The failed message of an item. */
export function readFailed({ messageId: id, ...failed }: v.InferOutput<typeof failedRow>): FailedMessage {
  return { id, ...failed };
}

/** The sort key of messages in the index `byDate`: the date, then the ID. */
function dateKeyOf({ id, internalDate }: Pick<CopiedMessage, 'id' | 'internalDate'>): string {
  return `${dateText(internalDate)}#${id}`;
}

/** Digits of a date: the most that Gmail's `internalDate` may have. */
const dateDigits = 15;

/**
 * A date as text that compares like numbers: 15 digits. A date before 1970 is a minus sign, which sorts before digits,
 * and its distance from -10^15, so earlier dates are smaller. Rows from before this rule have 1970 instead.
 */
export function dateText(date: number): string {
  const digits = String(date < 0 ? 10 ** dateDigits + date : date).padStart(dateDigits, '0');
  return date < 0 ? `-${digits}` : digits;
}

/** The item of a message in this partition. */
export function writeMessage(partition: string, { id, ...message }: CopiedMessage) {
  const dateKey = dateKeyOf({ id, ...message });
  const snippet = storedSnippet(message.snippet);
  return { ...message, snippet, mailbox: partition, messageId: id, dateKey, schemaVersion };
}

/** The message of an item. */
export function readMessage({ messageId: id, ...message }: v.InferOutput<typeof messageRow>): CopiedMessage {
  return { id, ...message };
}
