import { isOfMessages } from '../../lambdas/changes/change.ts';
import type { FeedWriter } from '../../lambdas/changes/feed.ts';
import type {
  CopiedLabel,
  CopiedMessage,
  CopyStore,
  DatedPage,
  FailedMessage,
  KnownMessage,
  MailboxKey,
} from '../../lambdas/copied-message.ts';
import type { TickUsage, UsageStore } from '../../lambdas/sync/dispatch/usage.ts';
import type { Erasure } from '../../lambdas/sync/mailbox/erasures.ts';
import {
  type DueMailbox,
  dueShards,
  type MailboxState,
  type MailboxStore,
} from '../../lambdas/sync/mailbox/mailbox-state.ts';
import type { Transition } from '../../lambdas/sync/mailbox/transitions.ts';
import { MemoryFeed, partitionsOf } from '../support/doubles/memory-feed.ts';
import { AnnouncedMessages } from './announced-messages.ts';
import type { LambdaProcess } from './lambda-process.ts';

/** What one process may do, with kills and failures about each write. */
export interface StoresOfProcess {
  readonly mailboxes: MailboxStore;
  readonly copy: CopyStore;
  readonly usage: UsageStore;
  readonly feed: FeedWriter;
}

/** The copy of one mailbox. */
export interface CopyOfMailbox {
  readonly messages: Map<string, CopiedMessage>;
  readonly failed: Map<string, FailedMessage>;
  readonly labels: Map<string, CopiedLabel>;
  readonly listErrors: Map<string, string>;
}

const duePageSize = 50;

/** The largest item that DynamoDB takes (bytes); the texts of the model are ASCII. */
const largestItem = 409_600;

function isOversize({ from, to, subject, snippet, labelIds }: CopiedMessage): boolean {
  const texts = [from, to, subject, snippet, ...labelIds];
  return texts.reduce((sum, text) => sum + text.length + 1, 0) > largestItem;
}

/** The tables, in memory, honouring every condition of the stores' interfaces. */
export class MemoryTables {
  readonly states = new Map<string, MailboxState>();
  readonly copies = new Map<string, CopyOfMailbox>();
  readonly feed = new MemoryFeed();
  /** What the accounts' own feeds have announced. */
  readonly announced = new AnnouncedMessages();
  /** What was written down of ended generations. */
  readonly erasures: Erasure[] = [];
  readonly ticks = new Set<number>();
  slowedUntil = 0;
  pastTicks: readonly TickUsage[] = [];
  readonly days = new Map<string, { all: number; backfill: number }>();
  /** What was read of the index of due mailboxes, and how often another store was asked for all there is. */
  readonly reads = { duePages: 0, dueRows: 0, finds: 0, scans: 0 };
  /** The most messages that one access held at once. */
  largestAccess = 0;
  /** Rows of a page when everything is read. */
  scanPageSize = 20;
  /** How long the index of due mailboxes shows what was, in milliseconds. */
  indexLag = 0;
  readonly #due = new Map<string, Map<string, DueMailbox>>();

  /** The state of a mailbox, set by hand. */
  set(state: MailboxState): void {
    const before = this.states.get(state.accountId);
    this.states.set(state.accountId, state);
    if (before !== undefined && before.dueClass !== state.dueClass)
      this.#index(before).delete(state.accountId);
    if (state.phase === 'paused') this.#index(state).delete(state.accountId);
    else this.#index(state).set(state.accountId, pickDue(state));
  }

  /** Whether the index of due mailboxes would show any. */
  isAnyDue(now: number): boolean {
    return this.#due.values().some((rows) => rows.values().some(({ nextDueAt }) => nextDueAt <= now));
  }

  /** The mailbox whose claim this job holds. */
  heldBy(job: MailboxKey & { readonly jobId: string }): MailboxState | undefined {
    const state = this.#current(job);
    return state?.claim?.jobId === job.jobId ? state : undefined;
  }

  copyOf(mailbox: MailboxKey): CopyOfMailbox {
    const key = `${mailbox.accountId}#${mailbox.generation}`;
    const empty = { messages: new Map(), failed: new Map(), labels: new Map(), listErrors: new Map() };
    const copy: CopyOfMailbox = this.copies.get(key) ?? empty;
    this.copies.set(key, copy);
    return copy;
  }

  open(process: LambdaProcess): StoresOfProcess {
    return {
      mailboxes: this.#openMailboxes(process),
      copy: this.#openCopy(process),
      usage: this.#openUsage(process),
      feed: this.#openFeed(process),
    };
  }

  /** Applies a transition at once, as a request, a consent or an operator does. */
  apply(mailbox: MailboxKey, transition: Transition): boolean {
    const state = this.#current(mailbox);
    const changes = state && transition(state);
    if (state === undefined || changes === undefined) return false;
    this.set({ ...state, ...changes });
    return true;
  }

  #openMailboxes(process: LambdaProcess): MailboxStore {
    return {
      find: (accountId) =>
        process.read(() => {
          this.reads.finds += 1;
          return this.states.get(accountId);
        }),
      create: (state, replaced) => process.read(() => this.#create(state, replaced)),
      change: (seen, changes) =>
        process.read(() => this.apply(seen, (state) => (isAsSeen(state, seen) ? changes : undefined))),
      listDue: (dueClass, shard, now) => this.#listDue(process, `${dueClass}#${shard}`, now),
      claim: (due, claim, leaseEnd, spends) =>
        process.write('claim', () => {
          const state = this.#current(due);
          if (state === undefined || state.phase === 'paused' || state.nextDueAt !== due.nextDueAt)
            return undefined;
          this.set({ ...state, claim, nextDueAt: leaseEnd, spends, waitsFor: undefined });
          return { quietPoll: state.quietPoll };
        }),
      release: (due, jobId) =>
        process.write('release', () => {
          const state = this.#current(due);
          if (state?.claim?.jobId !== jobId) return false;
          this.set({ ...state, claim: undefined, nextDueAt: due.nextDueAt, spends: due.spends });
          return true;
        }),
      postpone: (due, nextDueAt, waitsFor) =>
        process.write('postpone', () => {
          const state = this.#current(due);
          if (state === undefined || state.phase === 'paused' || state.nextDueAt !== due.nextDueAt)
            return false;
          this.set({ ...state, claim: undefined, nextDueAt, waitsFor });
          return true;
        }),
      saveProgress: (mailbox, jobId, progress) =>
        process.write('saveProgress', () => {
          const state = this.#current(mailbox);
          if (state?.claim?.jobId !== jobId) return false;
          this.set({ ...state, ...progress });
          return true;
        }),
      finish: (mailbox, { jobId, claimedAt }, end) =>
        process.write('finish', () => {
          const state = this.#current(mailbox);
          if (state?.claim?.jobId !== jobId) return false;
          this.set({ ...state, ...end((state.requestedAt ?? 0) > claimedAt) });
          return true;
        }),
      delete: (mailbox) =>
        process.write('deleteState', () => {
          const state = this.#current(mailbox);
          if (state === undefined) return false;
          this.states.delete(state.accountId);
          this.#index(state).delete(state.accountId);
          return true;
        }),
      generationsOf: (accountIds) =>
        process.read(
          () =>
            new Map(
              accountIds.flatMap((id) => {
                const state = this.states.get(id);
                return state === undefined ? [] : [[id, state.generation] as const];
              }),
            ),
        ),
      scan: () => {
        this.reads.scans += 1;
        return pagesOf([...this.states.values()], this.scanPageSize, process);
      },
    };
  }

  #openCopy(process: LambdaProcess): CopyStore {
    const held = (count: number) => {
      this.largestAccess = Math.max(this.largestAccess, count);
    };
    return {
      findKnown: (mailbox, ids) =>
        process.read(() => {
          held(ids.length);
          const { messages } = this.copyOf(mailbox);
          return new Map(
            ids.flatMap((id) => {
              const message = messages.get(id);
              return message === undefined ? [] : [[id, pickKnown(message)] as const];
            }),
          );
        }),
      putAbsent: async (mailbox, messages) => {
        held(messages.length);
        const copy = this.copyOf(mailbox).messages;
        const fitting = messages.filter((message) => !isOversize(message));
        await process.writeEach('putAbsent', fitting, (message) => copy.set(message.id, message));
        return new Set(messages.filter(isOversize).map(({ id }) => id));
      },
      replace: (mailbox, message) =>
        process.write('replace', () => {
          const copy = this.copyOf(mailbox).messages;
          if ((copy.get(message.id)?.historyId ?? '') > message.historyId) return 'kept';
          if (isOversize(message)) return 'refused';
          copy.set(message.id, message);
          return 'stored';
        }),
      overwrite: (mailbox, message, historyId) =>
        process.write('overwrite', () => {
          const copy = this.copyOf(mailbox).messages;
          if (copy.get(message.id)?.historyId !== historyId) return 'kept';
          if (isOversize(message)) return 'refused';
          copy.set(message.id, message);
          return 'stored';
        }),
      updateLabels: async (mailbox, messages) => {
        const copy = this.copyOf(mailbox).messages;
        const refused = new Set<string>();
        await process.writeEach('updateLabels', messages, ({ id, labelIds, historyId }) => {
          const message = copy.get(id);
          if (message === undefined || message.historyId > historyId) return;
          const relabelled = { ...message, labelIds: [...labelIds], historyId };
          if (isOversize(relabelled)) refused.add(id);
          else copy.set(id, relabelled);
        });
        return refused;
      },
      delete: (mailbox, ids) => {
        held(ids.length);
        const copy = this.copyOf(mailbox).messages;
        return process.writeEach('delete', ids, (id) => copy.delete(id));
      },
      scan: (mailbox, after = '') => this.#scanCopy(process, mailbox, after),
      scanByDate: (mailbox, query) => this.#scanCopyByDate(process, mailbox, query),
      count: (mailbox) => process.read(() => this.copyOf(mailbox).messages.size),
      listLabels: (mailbox) => process.read(() => [...this.copyOf(mailbox).labels.values()]),
      putLabels: (mailbox, labels) =>
        process.write('putLabels', () => {
          const stored = this.copyOf(mailbox).labels;
          stored.clear();
          for (const label of labels) stored.set(label.id, label);
        }),
      findListErrors: (mailbox) => process.read(() => [...this.copyOf(mailbox).listErrors.keys()]),
      putListErrors: (mailbox, digests) =>
        process.read(() => {
          const { listErrors } = this.copyOf(mailbox);
          listErrors.clear();
          for (const digest of digests) listErrors.set(digest, digest);
        }),
      listFailed: (mailbox) => process.read(() => [...this.copyOf(mailbox).failed.values()]),
      putFailed: (mailbox, failed) =>
        process.write('putFailed', () => {
          this.copyOf(mailbox).failed.set(failed.id, failed);
        }),
      deleteFailed: (mailbox, ids) => {
        const { failed } = this.copyOf(mailbox);
        return process.writeEach('deleteFailed', ids, (id) => failed.delete(id));
      },
      erase: async (mailbox, until) => {
        const { messages, failed, labels, listErrors } = this.copyOf(mailbox);
        for (const rows of [messages, failed, labels, listErrors]) {
          while (rows.size > 0) {
            if (process.time.now >= until) return false;
            const ids = [...rows.keys()].slice(0, 25);
            await process.writeEach('erase', ids, (id) => rows.delete(id));
          }
        }
        return true;
      },
    };
  }

  #openUsage(process: LambdaProcess): UsageStore {
    return {
      beginTick: (scheduledAt) =>
        process.write('beginTick', () => {
          if (this.ticks.has(scheduledAt)) return false;
          this.ticks.add(scheduledAt);
          return true;
        }),
      readDay: (day) => process.read(() => this.days.get(day) ?? { all: 0, backfill: 0 }),
      addToDay: (day, units) =>
        process.write('addToDay', () => {
          const { all, backfill } = this.days.get(day) ?? { all: 0, backfill: 0 };
          this.days.set(day, { all: all + units.all, backfill: backfill + units.backfill });
        }),
      readTicks: () => process.read(() => this.pastTicks),
      writeTicks: (ticks) =>
        process.read(() => {
          this.pastTicks = ticks;
        }),
      slowDown: (until) =>
        process.read(() => {
          this.slowedUntil = Math.max(this.slowedUntil, until);
        }),
      slowedUntil: () => process.read(() => this.slowedUntil),
    };
  }

  #openFeed(process: LambdaProcess): FeedWriter {
    return {
      read: async (feed, query) => process.read(() => this.feed.page(feed, query)),
      newest: (accountId) => process.read(() => this.feed.last(accountId)),
      append: (change) => {
        const partitions = partitionsOf(change);
        const [own] = partitions;
        const inOrder = isOfMessages(change) ? partitions : partitions.toReversed();
        return process.writeEach('change', inOrder, (partition) => {
          this.feed.put(partition, change);
          if (partition === own) this.announced.apply(change);
        });
      },
      eraseMessages: async (mailbox) => {
        const changes = this.feed.messagesOf(mailbox);
        await process.writeEach('eraseChanges', changes, (change) => this.feed.delete(change));
        return true;
      },
    };
  }

  #create(state: MailboxState, replaced: string | undefined): boolean {
    if (this.states.get(state.accountId)?.generation !== replaced) return false;
    this.set(state);
    return true;
  }

  #current({ accountId, generation }: MailboxKey): MailboxState | undefined {
    const state = this.states.get(accountId);
    return state?.generation === generation ? state : undefined;
  }

  async *#listDue(process: LambdaProcess, key: string, now: number): AsyncIterable<readonly DueMailbox[]> {
    const rows = this.#partition(key)
      .values()
      .filter(({ nextDueAt }) => nextDueAt <= now)
      .toArray()
      .sort((one, other) => one.nextDueAt - other.nextDueAt);
    let read = 0;
    do {
      const page = rows.slice(read, read + duePageSize);
      read += duePageSize;
      this.reads.duePages += 1;
      this.reads.dueRows += page.length;
      // The index is read at one moment and its rows are looked at later: it may be out of date.
      await process.read(() => undefined);
      await process.wait(this.indexLag);
      yield page;
    } while (read < rows.length);
  }

  async *#scanCopy(
    process: LambdaProcess,
    mailbox: MailboxKey,
    start: string,
  ): AsyncIterable<readonly KnownMessage[]> {
    const { messages } = this.copyOf(mailbox);
    let after = start;
    for (;;) {
      const ids = [...messages.keys()].filter((id) => id > after).sort();
      if (ids.length === 0) return;
      after = ids.at(-1) ?? after;
      for (let read = 0; read < ids.length; read += this.scanPageSize) {
        const page = ids.slice(read, read + this.scanPageSize);
        yield await process.read(() => page.flatMap((id) => messages.get(id) ?? []).map(pickKnown));
      }
    }
  }

  async *#scanCopyByDate(
    process: LambdaProcess,
    mailbox: MailboxKey,
    { labelId, from, most }: Parameters<CopyStore['scanByDate']>[1],
  ): AsyncIterable<DatedPage> {
    const keyOf = ({ id, internalDate }: CopiedMessage) => `${String(internalDate).padStart(15, '0')}#${id}`;
    let start = from;
    do {
      const page = await process.read(() => {
        const keys = [...this.copyOf(mailbox).messages.values()]
          .map((message) => [keyOf(message), message] as const)
          .filter(([key]) => start === undefined || key < start)
          .sort(([one], [other]) => (one > other ? -1 : 1));
        const shown = keys.slice(0, Math.min(most, this.scanPageSize));
        start = keys.length > shown.length ? shown.at(-1)?.[0] : undefined;
        return shown.map(([, message]) => message);
      });
      const messages = page.filter(({ labelIds }) => labelId === undefined || labelIds.includes(labelId));
      yield { messages: messages.map(pickKnown), next: start };
    } while (start !== undefined);
  }

  #index(state: Pick<MailboxState, 'accountId' | 'dueClass'>): Map<string, DueMailbox> {
    return this.#partition(`${state.dueClass}#${shardOf(state.accountId)}`);
  }

  #partition(key: string): Map<string, DueMailbox> {
    const partition = this.#due.get(key) ?? new Map<string, DueMailbox>();
    this.#due.set(key, partition);
    return partition;
  }
}

async function* pagesOf<Row>(
  rows: readonly Row[],
  size: number,
  process: LambdaProcess,
): AsyncIterable<readonly Row[]> {
  for (let read = 0; read < rows.length; read += size) {
    yield await process.read(() => rows.slice(read, read + size));
  }
}

function shardOf(accountId: string): number {
  let sum = 0;
  for (const letter of accountId) sum = (sum * 31 + letter.charCodeAt(0)) % 1_000_003;
  return sum % dueShards;
}

function isAsSeen(state: MailboxState, seen: MailboxState): boolean {
  const parts = ['phase', 'pausedBecause', 'dueClass', 'nextDueAt'] as const;
  return parts.every((part) => state[part] === seen[part]) && state.claim?.jobId === seen.claim?.jobId;
}

function pickDue({ accountId, generation, nextDueAt, dueClass, wants, spends }: MailboxState): DueMailbox {
  return { accountId, generation, nextDueAt, dueClass, wants, spends };
}

function pickKnown({ id, labelIds, historyId }: KnownMessage): KnownMessage {
  return { id, labelIds, historyId };
}
