import type { MeasuredQueue, QueueDepth, SyncMessage } from '../../lambdas/sync/mailbox/sync-queue.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { LambdaProcess } from './lambda-process.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A message as a worker receives it. */
export interface ReceivedMessage {
  /** Of this message in this queue: a duplicate has another. */
  readonly id: string;
  readonly message: SyncMessage;
  /** How often it was delivered, this time included. */
  readonly receives: number;
}

interface QueuedMessage extends ReceivedMessage {
  receives: number;
}

export interface MemoryQueueOptions {
  readonly time: VirtualTime;
  readonly faults: FaultPlan;
  /** Runs a worker with messages. Answers the IDs of those that are not done: they are delivered again. */
  readonly work: (messages: readonly ReceivedMessage[]) => Promise<ReadonlySet<string>>;
  /** How many messages the next worker gets at the most; one, unless said otherwise. */
  readonly batchSize?: () => number;
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

/**
 * A FIFO queue in memory: the messages of a group in order, at least once. A worker gets several of one group, and of
 * several groups; a group with a message in flight gives no more.
 */
export class MemoryQueue {
  readonly #options: MemoryQueueOptions;
  readonly #groups = new Map<string, QueuedMessage[]>();
  readonly #busy = new Set<string>();
  readonly #waiting: string[] = [];
  readonly #seen = new Map<string, number>();
  #running = 0;
  #inFlight = 0;
  #accepted = 0;
  #isReceiving = false;
  /** Messages that failed too often. */
  readonly dead: SyncMessage[] = [];

  constructor(options: MemoryQueueOptions) {
    this.#options = options;
  }

  open(process: LambdaProcess): MeasuredQueue {
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
      depth: () => process.read(() => this.depth),
    };
  }

  get depth(): QueueDepth {
    const inFlight = this.#inFlight;
    const all = this.#groups.values().reduce((sum, group) => sum + group.length, 0);
    return { waiting: all - inFlight, inFlight };
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
    this.#accepted += 1;
    group.push({ id: `message-${this.#accepted}`, message, receives: 0 });
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
    this.#receiveSoon();
  }

  /** Only when everybody who sends at this moment has sent: so some of it comes together. */
  #receiveSoon(): void {
    if (this.#isReceiving) return;
    this.#isReceiving = true;
    const { time } = this.#options;
    time.at(time.now, () => {
      this.#isReceiving = false;
      this.#startWorkers();
    });
  }

  #startWorkers(): void {
    while (this.#running < this.#options.concurrency && this.#waiting.length > 0) {
      this.#running += 1;
      void this.#deliver(this.#receive());
    }
  }

  /** One group after the other, of each what fits. */
  #receive(): readonly QueuedMessage[] {
    const most = this.#options.batchSize?.() ?? 1;
    const received: QueuedMessage[] = [];
    while (received.length < most) {
      const group = this.#waiting.shift();
      if (group === undefined) break;
      this.#busy.add(group);
      received.push(...(this.#groups.get(group) ?? []).slice(0, most - received.length));
    }
    for (const message of received) message.receives += 1;
    return received;
  }

  async #deliver(received: readonly QueuedMessage[]): Promise<void> {
    const { time, work } = this.#options;
    const visibleAgainAt = time.now + visibilityTimeout;
    this.#inFlight += received.length;
    const left = await work(received);
    this.#running -= 1;
    for (const [group, messages] of Map.groupBy(received, ({ message }) => message.accountId)) {
      const failed = messages.filter(({ id }) => left.has(id));
      const dead = failed.filter(({ receives }) => receives >= mostReceives);
      const again = failed.filter(({ receives }) => receives < mostReceives);
      this.#remove(group, (message) => messages.includes(message) && !again.includes(message));
      this.dead.push(...dead.map(({ message }) => message));
      this.#inFlight -= messages.length - again.length;
      // The group waits until its messages are visible again.
      if (again.length === 0) this.#free(group);
      else {
        time.at(visibleAgainAt, () => {
          this.#inFlight -= again.length;
          this.#free(group);
        });
      }
    }
    this.#startWorkers();
  }

  #remove(group: string, which: (message: QueuedMessage) => boolean): void {
    const messages = this.#groups.get(group) ?? [];
    const kept = messages.filter((message) => !which(message));
    this.#groups.set(group, kept);
  }

  #free(group: string): void {
    this.#busy.delete(group);
    this.#offer(group);
  }
}
