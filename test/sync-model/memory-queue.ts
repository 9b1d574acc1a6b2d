import type { SyncMessage, SyncQueue } from '../../lambdas/sync/sync-queue.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { LambdaProcess } from './lambda-process.ts';
import type { VirtualTime } from './virtual-time.ts';

interface QueuedMessage {
  readonly message: SyncMessage;
  receives: number;
}

export interface MemoryQueueOptions {
  readonly time: VirtualTime;
  readonly faults: FaultPlan;
  /** Runs a message, for the how manieth time; true: done, and never delivered again. */
  readonly work: (message: SyncMessage, delivery: number) => Promise<boolean>;
  /** Functions that run at once. */
  readonly concurrency: number;
}

const minute = 60_000;
/** Six times the worker's time-out. */
const visibilityTimeout = 6 * minute;
const mostReceives = 5;
const deduplicationTime = 5 * minute;

/** How late messages come that are delivered again, or are held up beyond the lease of their claim. */
const later = { duplicateMessage: 90_000, lateMessage: 16 * minute, redrivenMessage: 40 * minute } as const;

const heldUp = ['lateMessage', 'redrivenMessage', 'duplicateMessage'] as const;

/** A FIFO queue in memory: one message of a group at a time, in order, at least once. */
export class MemoryQueue {
  readonly #options: MemoryQueueOptions;
  readonly #groups = new Map<string, QueuedMessage[]>();
  readonly #busy = new Set<string>();
  readonly #waiting: string[] = [];
  readonly #seen = new Map<string, number>();
  #running = 0;
  /** Messages that failed too often. */
  readonly dead: SyncMessage[] = [];

  constructor(options: MemoryQueueOptions) {
    this.#options = options;
  }

  open(process: LambdaProcess): SyncQueue {
    const { faults } = this.#options;
    return {
      send: async (messages) => {
        const untaken: SyncMessage[] = [];
        await process.writeEach('send', messages, (message) => {
          if (faults.takeHarness('notSent')) untaken.push(message);
          else {
            if (faults.takeHarness('sentButSaidNot')) untaken.push(message);
            this.#accept(message);
          }
        });
        return untaken;
      },
    };
  }

  /** Whether anything is queued, under way, or dead. */
  get idle(): boolean {
    return (
      this.#running === 0 &&
      this.dead.length === 0 &&
      this.#groups.values().every((group) => group.length === 0)
    );
  }

  /** Brings dead messages back. */
  redrive(): void {
    for (const message of this.dead.splice(0)) this.put(message);
  }

  /** Puts a message at the end of its group. */
  put(message: SyncMessage): void {
    const group = this.#groups.get(message.accountId) ?? [];
    this.#groups.set(message.accountId, group);
    group.push({ message, receives: 0 });
    this.#offer(message.accountId);
  }

  #accept(message: SyncMessage): void {
    const { time, faults } = this.#options;
    if ((this.#seen.get(message.jobId) ?? Number.NEGATIVE_INFINITY) + deduplicationTime > time.now) return;
    this.#seen.set(message.jobId, time.now);
    const hold = message.kind === 'sync' ? heldUp.find((fault) => faults.takeHarness(fault)) : undefined;
    if (hold !== undefined) this.#putLater(message, later[hold]);
    if (hold === undefined || hold === 'duplicateMessage') this.put(message);
  }

  #putLater(message: SyncMessage, wait: number): void {
    const { time } = this.#options;
    time.at(time.now + wait, () => this.put(message));
  }

  #offer(group: string): void {
    if (this.#busy.has(group) || this.#waiting.includes(group)) return;
    if ((this.#groups.get(group)?.length ?? 0) === 0) return;
    this.#waiting.push(group);
    this.#startWorkers();
  }

  #startWorkers(): void {
    while (this.#running < this.#options.concurrency) {
      const group = this.#waiting.shift();
      if (group === undefined) return;
      this.#running += 1;
      this.#busy.add(group);
      void this.#deliver(group);
    }
  }

  async #deliver(group: string): Promise<void> {
    const { time, work } = this.#options;
    const messages = this.#groups.get(group) ?? [];
    const [head] = messages;
    if (head === undefined) throw new Error(`Nothing is queued for ${group}.`);
    head.receives += 1;
    const visibleAgainAt = time.now + visibilityTimeout;
    const done = await work(head.message, head.receives);
    this.#running -= 1;
    if (done) messages.shift();
    else if (head.receives >= mostReceives)
      this.dead.push(...messages.splice(0, 1).map(({ message }) => message));
    else {
      // The group waits until the message is visible again.
      time.at(visibleAgainAt, () => this.#free(group));
      this.#startWorkers();
      return;
    }
    this.#free(group);
    this.#startWorkers();
  }

  #free(group: string): void {
    this.#busy.delete(group);
    this.#offer(group);
  }
}
