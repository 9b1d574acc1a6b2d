import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../../sqlite.ts';
import type { Message, MessageContent } from './message.ts';

/** A message to be added to a mailbox. */
export interface NewMessage {
  readonly content: MessageContent;
  readonly labelIds: readonly string[];
  /** Milliseconds since 1970. */
  readonly internalDate: number;
  /** The thread that it joins; undefined: it starts one. */
  readonly threadId?: string;
}

/** What happened to one message at one point of a mailbox's history. */
export interface HistoryRecord {
  /** An increasing decimal number, with gaps. */
  readonly id: string;
  readonly messageId: string;
  readonly threadId: string;
  /** The message's labels afterwards. */
  readonly labelIds: readonly string[];
  readonly added?: true;
  readonly deleted?: true;
  readonly labelsAdded?: readonly string[];
  readonly labelsRemoved?: readonly string[];
}

/**
 * The first history ID: above 2^53 and shortly before another digit. So code that parses a history ID as a number, or
 * compares two as text, fails here before it fails at Google.
 */
const firstHistoryId = 9_999_999_999_999_900n;

/** One account's mail. All of it is in memory; each change is on disk when the call returns. */
export class Mailbox {
  readonly #database: DatabaseSync;
  readonly #sub: string;
  readonly #messages = new Map<string, Message>();
  readonly #threads = new Map<string, Set<string>>();
  readonly #history: HistoryRecord[];
  #historyId: bigint;
  #oldestStart: bigint;
  #newestFirst: Message[] | undefined;

  constructor(database: DatabaseSync, sub: string) {
    this.#database = database;
    this.#sub = sub;
    database
      .prepare('INSERT OR IGNORE INTO mailboxes (sub, historyId, oldestStart) VALUES (?, ?, ?)')
      .run(sub, String(firstHistoryId), String(firstHistoryId));
    const row = database.prepare('SELECT historyId, oldestStart FROM mailboxes WHERE sub = ?').get(sub);
    this.#historyId = BigInt(String(row?.['historyId']));
    this.#oldestStart = BigInt(String(row?.['oldestStart']));
    for (const { value } of database.prepare('SELECT value FROM messages WHERE sub = ?').all(sub)) {
      this.#hold(JSON.parse(String(value)));
    }
    this.#history = database
      .prepare('SELECT value FROM history WHERE sub = ? ORDER BY position')
      .all(sub)
      .map(({ value }) => JSON.parse(String(value)));
  }

  /** The current history ID. */
  get historyId(): string {
    return String(this.#historyId);
  }

  /** Returns every message, including Spam and Trash, newest first. */
  newestFirst(): readonly Message[] {
    this.#newestFirst ??= [...this.#messages.values()].sort(
      (one, other) => other.internalDate - one.internalDate || (other.id < one.id ? -1 : 1),
    );
    return this.#newestFirst;
  }

  /** Returns a message. */
  get(id: string): Message | undefined {
    return this.#messages.get(id);
  }

  /** Returns a thread's messages, oldest first; none if there is no such thread. */
  thread(threadId: string): Message[] {
    const ids = this.#threads.get(threadId) ?? new Set<string>();
    return [...ids]
      .flatMap((id) => this.#messages.get(id) ?? [])
      .sort((one, other) => one.internalDate - other.internalDate);
  }

  /** Fills an empty mailbox with existing mail: no history is written. */
  seed(messages: readonly Message[]): void {
    transaction(this.#database, () => {
      for (const message of messages) this.#store(message);
    });
  }

  /** Adds messages and returns them. */
  add(messages: readonly NewMessage[]): Message[] {
    return transaction(this.#database, () =>
      messages.map(({ content, labelIds, internalDate, threadId }) => {
        const id = this.#newId(internalDate);
        const historyId = this.#nextHistoryId();
        const message = { id, threadId: threadId ?? id, historyId, internalDate, labelIds, content };
        this.#store(message);
        this.#record(message, { added: true });
        return message;
      }),
    );
  }

  /** Adds and removes labels of a message in one change; returns the changed message. */
  relabel(message: Message, add: readonly string[], remove: readonly string[]): Message {
    const labelsAdded = add.filter((label) => !message.labelIds.includes(label));
    const labelsRemoved = remove.filter((label) => message.labelIds.includes(label));
    if (labelsAdded.length === 0 && labelsRemoved.length === 0) return message;
    const labelIds = [...message.labelIds, ...labelsAdded].filter((label) => !labelsRemoved.includes(label));
    return transaction(this.#database, () => {
      const changed = { ...message, labelIds, historyId: this.#nextHistoryId() };
      this.#store(changed);
      this.#record(changed, {
        ...(labelsAdded.length > 0 ? { labelsAdded } : {}),
        ...(labelsRemoved.length > 0 ? { labelsRemoved } : {}),
      });
      return changed;
    });
  }

  /** Deletes a message permanently. */
  delete(message: Message): void {
    transaction(this.#database, () => {
      this.#messages.delete(message.id);
      this.#threads.get(message.threadId)?.delete(message.id);
      this.#newestFirst = undefined;
      this.#database.prepare('DELETE FROM messages WHERE sub = ? AND id = ?').run(this.#sub, message.id);
      this.#record({ ...message, historyId: this.#nextHistoryId() }, { deleted: true });
    });
  }

  /** Returns what happened after a history ID, oldest first, or undefined if that is too old. */
  historySince(start: bigint): readonly HistoryRecord[] | undefined {
    if (start < this.#oldestStart || start > this.#historyId) return undefined;
    const first = this.#history.findIndex(({ id }) => BigInt(id) > start);
    return first === -1 ? [] : this.#history.slice(first);
  }

  /** Drops the history so far: only later changes can be listed. */
  expireHistory(): void {
    transaction(this.#database, () => {
      // One more step, so that the current history ID becomes too old as well.
      this.#nextHistoryId();
      this.#oldestStart = this.#historyId;
      this.#history.length = 0;
      this.#database.prepare('DELETE FROM history WHERE sub = ?').run(this.#sub);
      this.#database
        .prepare('UPDATE mailboxes SET oldestStart = ? WHERE sub = ?')
        .run(String(this.#oldestStart), this.#sub);
    });
  }

  #record(message: Message, change: Partial<HistoryRecord>): void {
    const { historyId: id, id: messageId, threadId, labelIds } = message;
    const record: HistoryRecord = { id, messageId, threadId, labelIds, ...change };
    this.#history.push(record);
    this.#database
      .prepare('INSERT INTO history (sub, value) VALUES (?, ?)')
      .run(this.#sub, JSON.stringify(record));
  }

  #nextHistoryId(): string {
    this.#historyId += 1n + (this.#historyId % 7n);
    this.#database.prepare('UPDATE mailboxes SET historyId = ? WHERE sub = ?').run(this.historyId, this.#sub);
    return this.historyId;
  }

  #store(message: Message): void {
    this.#hold(message);
    this.#database
      .prepare('INSERT OR REPLACE INTO messages (sub, id, value) VALUES (?, ?, ?)')
      .run(this.#sub, message.id, JSON.stringify(message));
  }

  #hold(message: Message): void {
    this.#messages.set(message.id, message);
    const thread = this.#threads.get(message.threadId) ?? new Set();
    this.#threads.set(message.threadId, thread.add(message.id));
    this.#newestFirst = undefined;
  }

  #newId(internalDate: number): string {
    const id = messageIdAt(internalDate, randomBytes(3).readUIntBE(0, 3));
    return this.#messages.has(id) ? this.#newId(internalDate) : id;
  }
}

/** Returns a message's ID: 16 hex digits that begin with its time, like Gmail's. */
export function messageIdAt(internalDate: number, distinction: number): string {
  return ((BigInt(internalDate) << 20n) | BigInt(distinction & 0xfffff)).toString(16).padStart(16, '0');
}

/** Returns the history ID of a message from before the mailbox's history: `before` steps earlier. */
export function earlierHistoryId(before: number): string {
  return String(firstHistoryId - BigInt(before) * 3n);
}

/** The mailboxes of all accounts, each read from disk on first use. */
export class Mailboxes {
  readonly #database: DatabaseSync;
  readonly #open = new Map<string, Mailbox>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Returns an account's mailbox. */
  of(account: { readonly sub: string }): Mailbox {
    const mailbox = this.#open.get(account.sub) ?? new Mailbox(this.#database, account.sub);
    this.#open.set(account.sub, mailbox);
    return mailbox;
  }
}
