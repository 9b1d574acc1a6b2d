import { type CopiedLabel, type CopiedMessage, padHistoryId } from '../../lambdas/copied-message.ts';
import type {
  FetchAnswer,
  FetchRequest,
  HistoryPage,
  HistoryRecord,
  IdPage,
} from '../../lambdas/sync/job/sync-gmail.ts';

/** Why a message cannot be copied, for its own sake; `oversize`: its row is larger than a table takes. */
export type Blemish = 'unreadable' | 'refused' | 'oversize';

const oversize = 'x'.repeat(410_000);

interface ModelMessage {
  readonly id: string;
  readonly threadId: string;
  labels: Set<string>;
  readonly internalDate: number;
  /** When it came, as a history ID. */
  arrivedAt: number;
  historyId: number;
  blemish: Blemish | undefined;
}

export interface MailboxShape {
  /** Messages on a page of the list. */
  readonly listPage: number;
  /** Records on a page of the history. */
  readonly historyPage: number;
  /** Every how many pages of the history one is empty, yet has a next; 0: none. */
  readonly emptyPages: number;
  /** Whether messages arrive in the order of their dates. */
  readonly dates: 'scattered' | 'arrival';
  /** Lists are newest first, as those of Gmail mostly are, or in an order of their own. */
  readonly order?: 'newest' | 'any';
}

/** Labels that every mailbox has. */
export const modelLabels = [
  'INBOX',
  'UNREAD',
  'STARRED',
  'SENT',
  'SPAM',
  'TRASH',
  'Label_1',
  'Label_2',
] as const;

/** A mailbox at Gmail, in memory: what it holds, and what happened to it. */
export class ModelMailbox {
  readonly messages = new Map<string, ModelMessage>();
  readonly #threads = new Map<string, Set<string>>();
  readonly #blemished = new Set<string>();
  /** Messages that history and lists name, and that cannot be fetched yet. */
  readonly #hidden = new Set<string>();
  /** Messages that were asked for in vain. */
  readonly #missed = new Set<string>();
  /** Messages that go when they are asked for, and what happens before. */
  readonly #fleeing = new Map<string, () => void>();
  /** How often Gmail failed on a message or a thread. */
  readonly #troubles = new Map<string, number>();
  /** The threads of all messages that ever were. */
  readonly #threadOf = new Map<string, string>();
  readonly #shape: MailboxShape;
  #records: HistoryRecord[] = [];
  #historyId = 1_000;
  /** History before this is forgotten. */
  #floor = 1_000;
  #created = 0;
  #refusesMessages = false;
  /** Those that it refused since it began to. */
  readonly #refused = new Set<string>();
  /** Whether the records are listed in the order of their IDs. */
  #isInOrder = true;
  /** Whether any history was ever forgotten: what came of it and went again, nobody can know. */
  hasForgotten = false;
  #order: ModelMessage[] | undefined;

  constructor(shape: MailboxShape) {
    this.#shape = shape;
  }

  get historyId(): string {
    return `${this.#historyId}`;
  }

  /** A message comes, into a thread or as the first of its own. Its ID. */
  arrive(labels: readonly string[], into?: string): string {
    this.#created += 1;
    const id = `18${this.#created.toString(16).padStart(6, '0')}`;
    const threadId = this.messages.get(into ?? '')?.threadId ?? id;
    const historyId = this.#happen({ added: [{ id, threadId }] });
    const message = {
      id,
      threadId,
      labels: new Set(labels),
      internalDate: this.#dateOf(this.#created),
      arrivedAt: historyId,
      historyId,
      blemish: undefined,
    };
    this.messages.set(id, message);
    this.#threadOf.set(id, threadId);
    this.#threads.set(threadId, (this.#threads.get(threadId) ?? new Set()).add(id));
    this.#order = undefined;
    return id;
  }

  /** Labels change, for all of the messages at once. */
  relabel(ids: readonly string[], add: readonly string[], remove: readonly string[]): void {
    const there = ids.flatMap((id) => this.messages.get(id) ?? []);
    const added = there
      .map(({ id, labels }) => ({ id, labelIds: add.filter((label) => !labels.has(label)) }))
      .filter(({ labelIds }) => labelIds.length > 0);
    const removed = there
      .map(({ id, labels }) => ({ id, labelIds: remove.filter((label) => labels.has(label)) }))
      .filter(({ labelIds }) => labelIds.length > 0);
    if (added.length + removed.length === 0) return;
    const historyId = this.#happen({ labelsAdded: added, labelsRemoved: removed });
    for (const { id, labelIds } of added)
      this.#touch(id, historyId, (labels) => labels.union(new Set(labelIds)));
    for (const { id, labelIds } of removed) {
      this.#touch(id, historyId, (labels) => labels.difference(new Set(labelIds)));
    }
  }

  /** The message is gone for good. */
  delete(id: string): void {
    const message = this.messages.get(id);
    if (message === undefined) return;
    this.#happen({ deleted: [id] });
    this.messages.delete(id);
    const thread = this.#threads.get(message.threadId);
    thread?.delete(id);
    if (thread?.size === 0) this.#threads.delete(message.threadId);
    this.#order = undefined;
  }

  /** The message will be gone for good just when it is asked for. */
  flee(id: string, before: () => void): void {
    this.#fleeing.set(id, before);
  }

  /** The message is deleted, and at once there again under the same ID, with another label or one less. */
  restore(id: string): void {
    const message = this.messages.get(id);
    if (message === undefined) return;
    this.#happen({ deleted: [id] });
    const historyId = this.#happen({ added: [{ id, threadId: message.threadId }] });
    message.arrivedAt = historyId;
    this.#touch(id, historyId, (labels) => labels.symmetricDifference(new Set(['STARRED'])));
  }

  /** Two records of the same messages share a history ID. */
  relabelTwice(ids: readonly string[], add: readonly string[], remove: readonly string[]): void {
    const before = this.#records.length;
    this.relabel(ids, add, []);
    const first = this.#records.length;
    const { historyId } = this;
    this.relabel(ids, [], remove);
    const [second] = this.#records.slice(first);
    if (first === before || second === undefined) return;
    this.#historyId = Number(historyId);
    this.#records.splice(first, 1, { ...second, historyId });
    for (const { id } of second.labelsRemoved) this.#touch(id, this.#historyId, (labels) => labels);
  }

  /** The last two records are listed the other way round; of two that share an ID nobody could tell. */
  swapLastRecords(): void {
    const [first, second] = this.#records.slice(-2);
    if (first === undefined || second === undefined || first.historyId === second.historyId) return;
    this.#records.splice(-2, 2, second, first);
    this.#isInOrder = false;
  }

  /** From now on the message can, or cannot, be copied. */
  blemish(id: string, blemish: Blemish | undefined): void {
    const message = this.messages.get(id);
    if (message === undefined) return;
    message.blemish = blemish;
    if (blemish !== undefined) this.#blemished.add(id);
  }

  /** Gmail lists the messages and refuses to give any of them, until it is healed. */
  refuseMessages(): void {
    this.#refusesMessages = true;
  }

  /** Until it is shown, Gmail names the message and answers 404 for it. */
  hide(id: string): void {
    this.#hidden.add(id);
  }

  show(id: string): void {
    this.#hidden.delete(id);
  }

  /** Whether Gmail ever answered 404 for the message. */
  wasMissed(id: string): boolean {
    return this.#missed.has(id);
  }

  /** Gmail failed on this part of a batch. */
  trouble({ kind, id }: FetchRequest): void {
    const key = `${kind} ${id}`;
    this.#troubles.set(key, (this.#troubles.get(key) ?? 0) + 1);
  }

  /**
   * Whether the message ever could not be copied for its own sake, or looked so: Gmail failed on it again and again.
   */
  wasBlemished(id: string): boolean {
    // It may be gone by now: nobody knew when it was asked for.
    const keys = [`message ${id}`, `thread ${this.#threadOf.get(id)}`];
    const troubles = keys.reduce((sum, key) => sum + (this.#troubles.get(key) ?? 0), 0);
    return this.#blemished.has(id) || troubles >= 3;
  }

  /** Every blemish is gone. */
  heal(): void {
    this.#refusesMessages = false;
    // A job that was refused some, and is then given others, takes it for a fault of those.
    for (const id of this.#refused) this.#blemished.add(id);
    this.#refused.clear();
    for (const message of this.messages.values()) message.blemish = undefined;
  }

  /** Everything that happened so far is forgotten. */
  forgetHistory(): void {
    this.hasForgotten = true;
    this.#records = [];
    this.#historyId += 3;
    this.#floor = this.#historyId;
  }

  /** The last record is told twice. */
  repeatLastRecord(): void {
    const last = this.#records.at(-1);
    if (last !== undefined) this.#records.push(last);
  }

  profile(): { emailAddress: string; historyId: string; messagesTotal: number } {
    return { emailAddress: 'ann@example.com', historyId: this.historyId, messagesTotal: this.messages.size };
  }

  labels(): CopiedLabel[] {
    return modelLabels.map((id) => ({
      id,
      name: `name of ${id}`,
      type: id.startsWith('Label_') ? 'user' : 'system',
    }));
  }

  listMessages({
    labelId,
    pageToken,
  }: {
    labelId?: string | undefined;
    pageToken?: string | undefined;
  }): IdPage | 'refused' {
    const [label, after = ''] = pageToken === undefined ? [labelId ?? '', ''] : pageToken.split('|');
    // A token belongs to the listing that gave it.
    if (label !== (labelId ?? '')) return 'refused';
    const order = this.#inListOrder();
    const start = after === '' ? 0 : firstWhere(order, (message) => this.#listKey(message) > after);
    const found: ModelMessage[] = [];
    for (let index = start; index < order.length && found.length <= this.#shape.listPage; index += 1) {
      const message = order[index];
      if (message !== undefined && (labelId === undefined || message.labels.has(labelId)))
        found.push(message);
    }
    const page = found.slice(0, this.#shape.listPage);
    const last = page.at(-1);
    const more = found.length > page.length && last !== undefined;
    return {
      messages: page.map(({ id, threadId }) => ({ id, threadId })),
      ...(more ? { nextPageToken: `${label}|${this.#listKey(last)}` } : {}),
    };
  }

  listHistory({
    start,
    pageToken,
  }: {
    start: string;
    pageToken?: string | undefined;
  }): HistoryPage | 'expired' | 'refused' {
    const { historyPage, emptyPages } = this.#shape;
    if (Number(start) < this.#floor) return 'expired';
    const [of = start, position = '0', number = '0'] = pageToken?.split('|') ?? [];
    if (of !== start) return 'refused';
    const records = this.#isInOrder
      ? this.#records.slice(firstRecordAfter(this.#records, Number(start)))
      : this.#records.filter(({ historyId }) => Number(historyId) > Number(start));
    const empty = emptyPages > 0 && Number(number) % emptyPages === emptyPages - 1;
    const end = Number(position) + (empty ? 0 : historyPage);
    const more = end < records.length || (empty && Number(position) < records.length);
    return {
      records: records.slice(Number(position), end),
      ...(more ? { nextPageToken: `${start}|${end}|${Number(number) + 1}` } : {}),
      historyId: this.historyId,
    };
  }

  fetch(request: FetchRequest): FetchAnswer {
    for (const { id } of this.#messagesOf(request)) {
      const before = this.#fleeing.get(id);
      if (before === undefined) continue;
      this.#fleeing.delete(id);
      before();
      this.delete(id);
    }
    const messages = this.#messagesOf(request);
    if (this.#refusesMessages) {
      for (const { id } of messages) this.#refused.add(id);
      return { kind: 'refused', reason: '403 forbidden' };
    }
    const [first] = messages;
    if (first === undefined) {
      this.#missed.add(request.id);
      return { kind: 'gone' };
    }
    if (request.kind === 'message' && first.blemish === 'refused')
      return { kind: 'refused', reason: 'failedPrecondition' };
    return {
      kind: 'found',
      messages: messages
        .filter(({ blemish }) => blemish === undefined || blemish === 'oversize')
        .map((message) => ({
          ...toCopied(message),
          ...(message.blemish === 'oversize' && { subject: oversize }),
        })),
      unreadable: messages
        .filter(({ blemish }) => blemish === 'unreadable' || blemish === 'refused')
        .map(({ id }) => ({ id, reason: 'no date' })),
    };
  }

  /** What the copy must hold, by message ID. */
  expected(): Map<string, CopiedMessage> {
    return new Map(this.messages.values().map((message) => [message.id, toCopied(message)]));
  }

  #messagesOf({ kind, id }: FetchRequest): ModelMessage[] {
    const ids = kind === 'message' ? [id] : [...(this.#threads.get(id) ?? [])];
    return ids.flatMap((one) => (this.#hidden.has(one) ? [] : (this.messages.get(one) ?? [])));
  }

  #dateOf(number: number): number {
    return 1_700_000_000_000 + 1_000 * (this.#shape.dates === 'arrival' ? number : scatter(number));
  }

  #touch(id: string, historyId: number, change: (labels: Set<string>) => Set<string>): void {
    const message = this.messages.get(id);
    if (message === undefined) return;
    message.labels = change(message.labels);
    message.historyId = historyId;
  }

  #happen(record: Partial<HistoryRecord>): number {
    this.#historyId += 1 + (this.#historyId % 4);
    this.#records.push({
      historyId: `${this.#historyId}`,
      added: [],
      deleted: [],
      labelsAdded: [],
      labelsRemoved: [],
      ...record,
    });
    return this.#historyId;
  }

  #listKey({ id, internalDate }: ModelMessage): string {
    return this.#shape.order === 'any' ? id : `${10 ** 13 - internalDate}-${id}`;
  }

  #inListOrder(): ModelMessage[] {
    this.#order ??= [...this.messages.values()].sort((one, other) =>
      this.#listKey(one) < this.#listKey(other) ? -1 : 1,
    );
    return this.#order;
  }
}

function firstRecordAfter(records: readonly HistoryRecord[], start: number): number {
  return firstWhere(records, ({ historyId }) => Number(historyId) > start);
}

/** By halving: `isLater` holds from some place on. */
function firstWhere<Item>(items: readonly Item[], isLater: (item: Item) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && !isLater(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same for the same number, and in no order. */
function scatter(number: number): number {
  return (number * 7_919) % 1_000_003;
}

function toCopied({ id, threadId, labels, internalDate, historyId }: ModelMessage): CopiedMessage {
  return {
    id,
    threadId,
    labelIds: [...labels],
    internalDate,
    historyId: padHistoryId(`${historyId}`),
    from: `sender of ${id}`,
    to: 'somebody@example.com',
    subject: `subject of ${id}`,
    snippet: `snippet of ${id}`,
    size: 1_000 + (internalDate % 977),
  };
}
