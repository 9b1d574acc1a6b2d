import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { openDatabase, transaction } from '../sqlite.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, attributes TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS messages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    groupId TEXT NOT NULL, deduplicationId TEXT NOT NULL, sentAt INTEGER NOT NULL, firstReceivedAt INTEGER,
    receiveCount INTEGER NOT NULL DEFAULT 0, visibleAt INTEGER NOT NULL DEFAULT 0, receiptHandle TEXT
  );
  CREATE INDEX IF NOT EXISTS messagesByGroup ON messages (queue, groupId, sequence);
  CREATE TABLE IF NOT EXISTS deduplications (
    queue TEXT NOT NULL, deduplicationId TEXT NOT NULL, id TEXT NOT NULL, sequence INTEGER NOT NULL,
    sentAt INTEGER NOT NULL, PRIMARY KEY (queue, deduplicationId)
  ) WITHOUT ROWID;
`;

/** SQS treats a message with the same deduplication ID as a repetition for five minutes (SQS Developer Guide). */
const deduplicationMilliseconds = 5 * 60 * 1000;

/** A message from a sender. */
export interface SentMessage {
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
}

const placeSchema = v.object({ id: v.string(), sequence: v.number() });

/** A message's ID, and the number that orders messages by age. */
export type Place = v.InferOutput<typeof placeSchema>;

const rowSchema = v.object({
  ...placeSchema.entries,
  body: v.string(),
  groupId: v.string(),
  deduplicationId: v.string(),
  sentAt: v.number(),
  firstReceivedAt: v.nullable(v.number()),
  receiveCount: v.number(),
});

/** A message in flight. Times are epoch milliseconds. */
export interface ReceivedMessage extends v.InferOutput<typeof rowSchema> {
  readonly firstReceivedAt: number;
  readonly receiptHandle: string;
}

/** How a queue delivers its messages. */
export interface Delivery {
  readonly visibilityMilliseconds: number;
  /** The dead-letter queue for messages received more often than this. */
  readonly redrive?: { readonly maxReceiveCount: number; readonly deadQueue: string } | undefined;
}

/** FIFO queues in one file. A write survives the death of the process once its call returns. */
export class QueueStore {
  readonly #database: DatabaseSync;
  readonly #clock: () => number;

  /**
   * Opens the file in the folder. Messages in flight become visible again, because their receivers ended with the
   * process that held the queues.
   *
   * @throws StartError if the file is damaged
   */
  constructor(folder: string, clock: () => number) {
    this.#clock = clock;
    this.#database = openDatabase(folder, 'queues.sqlite', schema);
    this.#database.exec('UPDATE messages SET visibleAt = 0, receiptHandle = NULL');
  }

  close(): void {
    this.#database.close();
  }

  /** Creates a queue, or changes the attributes of an existing one. */
  putQueue(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO queues (name, attributes) VALUES (?, ?)')
      .run(name, JSON.stringify(attributes));
  }

  /** @returns the queue's attributes; undefined if there is no such queue */
  findQueue(name: string): Record<string, string> | undefined {
    const row = this.#database.prepare('SELECT attributes FROM queues WHERE name = ?').get(name);
    return row && v.parse(v.record(v.string(), v.string()), JSON.parse(String(row['attributes'])));
  }

  /** Adds a message at the end of its group; a repetition adds nothing and returns the first one's place. */
  add(queue: string, { body, groupId, deduplicationId }: SentMessage): Place {
    return transaction(this.#database, () => {
      const now = this.#clock();
      this.#database
        .prepare('DELETE FROM deduplications WHERE queue = ? AND sentAt <= ?')
        .run(queue, now - deduplicationMilliseconds);
      const earlier = this.#database
        .prepare('SELECT id, sequence FROM deduplications WHERE queue = ? AND deduplicationId = ?')
        .get(queue, deduplicationId);
      if (earlier !== undefined) return v.parse(placeSchema, earlier);
      const id = randomUUID();
      const { lastInsertRowid } = this.#database
        .prepare(
          'INSERT INTO messages (queue, id, body, groupId, deduplicationId, sentAt) VALUES (?, ?, ?, ?, ?, ?)',
        )
        .run(queue, id, body, groupId, deduplicationId, now);
      const sequence = Number(lastInsertRowid);
      this.#database
        .prepare('INSERT INTO deduplications VALUES (?, ?, ?, ?, ?)')
        .run(queue, deduplicationId, id, sequence, now);
      return { id, sequence };
    });
  }

  /**
   * Receives messages in order: first those of the group with the oldest first message, then of the next group, as SQS
   * does. A group with a message in flight delivers none.
   */
  take(queue: string, { visibilityMilliseconds, redrive }: Delivery, maximum: number): ReceivedMessage[] {
    return transaction(this.#database, () => {
      const now = this.#clock();
      const taken: ReceivedMessage[] = [];
      while (taken.length < maximum) {
        const group = this.#next(queue, now, { maximum, not: taken.map(({ groupId }) => groupId) });
        if (group.length === 0) break;
        for (const row of group.slice(0, maximum - taken.length)) {
          if (redrive !== undefined && row.receiveCount >= redrive.maxReceiveCount) {
            this.#move(row, redrive.deadQueue);
          } else {
            taken.push(this.#receive(queue, row, now, visibilityMilliseconds));
          }
        }
      }
      return taken;
    });
  }

  /**
   * Deletes a message in flight; idempotent.
   *
   * @returns why it was not deleted: the queue never issued the handle, or the message has been visible since
   */
  delete(queue: string, receiptHandle: string): 'unknown' | 'foreign' | 'expired' | undefined {
    const [, issuer, sequence = ''] = /^(.+)\/(\d+)\/[\da-f-]{36}$/.exec(receiptHandle) ?? [];
    if (issuer === undefined) return 'unknown';
    if (issuer !== queue) return 'foreign';
    const row = this.#database
      .prepare('SELECT receiptHandle, visibleAt FROM messages WHERE queue = ? AND sequence = ?')
      .get(queue, sequence);
    if (row === undefined) return undefined;
    if (row['receiptHandle'] !== receiptHandle || Number(row['visibleAt']) <= this.#clock()) return 'expired';
    this.#database.prepare('DELETE FROM messages WHERE sequence = ?').run(sequence);
    return undefined;
  }

  /** How many messages wait, and how many are in flight. */
  count(queue: string): { readonly waiting: number; readonly inFlight: number } {
    const row = this.#database
      .prepare('SELECT count(*) AS total, sum(visibleAt > ?) AS inFlight FROM messages WHERE queue = ?')
      .get(this.#clock(), queue);
    const inFlight = Number(row?.['inFlight'] ?? 0);
    return { waiting: Number(row?.['total'] ?? 0) - inFlight, inFlight };
  }

  /** Milliseconds until the next message in flight becomes visible again, if any is. */
  untilVisible(queue: string): number {
    const now = this.#clock();
    const row = this.#database
      .prepare('SELECT min(visibleAt) AS visibleAt FROM messages WHERE queue = ? AND visibleAt > ?')
      .get(queue, now);
    return Number(row?.['visibleAt'] ?? Number.POSITIVE_INFINITY) - now;
  }

  /** The first messages of the group with the oldest first message, among groups with nothing in flight. */
  #next(
    queue: string,
    now: number,
    { maximum, not }: { readonly maximum: number; readonly not: readonly string[] },
  ): v.InferOutput<typeof rowSchema>[] {
    const rows = this.#database
      .prepare(
        `SELECT * FROM messages WHERE queue = :queue AND groupId = (
           SELECT groupId FROM messages AS message
             WHERE queue = :queue AND groupId NOT IN (SELECT value FROM json_each(:not)) AND NOT EXISTS (
               SELECT 1 FROM messages WHERE queue = message.queue AND groupId = message.groupId
                 AND (sequence < message.sequence OR visibleAt > :now)
             ) ORDER BY sequence LIMIT 1
         ) ORDER BY sequence LIMIT :maximum`,
      )
      .all({ queue, now, maximum, not: JSON.stringify(not) });
    return v.parse(v.array(rowSchema), rows);
  }

  #move(row: v.InferOutput<typeof rowSchema>, queue: string): void {
    this.#database
      .prepare('UPDATE messages SET queue = ?, receiptHandle = NULL WHERE sequence = ?')
      .run(queue, row.sequence);
  }

  #receive(
    queue: string,
    row: v.InferOutput<typeof rowSchema>,
    now: number,
    visibilityMilliseconds: number,
  ): ReceivedMessage {
    const received = {
      ...row,
      receiveCount: row.receiveCount + 1,
      firstReceivedAt: row.firstReceivedAt ?? now,
      receiptHandle: `${queue}/${row.sequence}/${randomUUID()}`,
    };
    this.#database
      .prepare(
        `UPDATE messages SET receiveCount = ?, firstReceivedAt = ?, visibleAt = ?, receiptHandle = ?
           WHERE sequence = ?`,
      )
      .run(
        received.receiveCount,
        received.firstReceivedAt,
        now + visibilityMilliseconds,
        received.receiptHandle,
        row.sequence,
      );
    return received;
  }
}
