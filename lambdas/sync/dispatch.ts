import { randomUUID } from 'node:crypto';
import type { Logger } from '../log.ts';
import { type DueClass, type DueMailbox, dueClasses, dueShards, type MailboxStore } from './mailbox-state.ts';
import { leaseOf, type SyncPace } from './pace.ts';
import { spendsOfClaim, uncountedUnits } from './spends.ts';
import type { QuotaProfile } from './sync-gmail.ts';
import type { SyncQueue } from './sync-queue.ts';
import { unitsForJobs } from './unit-budget.ts';
import { quotaDay, type UsageStore } from './usage.ts';

export interface DispatchDependencies {
  readonly mailboxes: Pick<MailboxStore, 'listDue' | 'claim' | 'release' | 'postpone'>;
  readonly usage: UsageStore;
  readonly queue: SyncQueue;
  readonly quota: QuotaProfile;
  readonly pace: SyncPace;
  /** Units a day; what the quota profile says, if undefined. */
  readonly dailyUnits?: number | undefined;
  readonly log: Logger;
  readonly newId?: () => string;
}

/** What one tick did. */
export interface DispatchReport {
  readonly admitted: number;
  readonly unitsGranted: number;
  /** Units of the day that are known to be spent. */
  readonly dayUnits: number;
  /** How late the latest of the admitted was (milliseconds). */
  readonly lag: number;
  readonly postponed: number;
}

/** The share of the project's minute that is granted; the rest is left to interactive calls. */
const minuteShare = 0.9;

/** The share of the day that is kept for changes and comparisons. */
const dayShareOfChanges = 0.6;

/** Mailboxes claimed at a time. */
const chunkSize = 50;

/**
 * One tick: admits due mailboxes while the project's minute and day have units for them, changes of live mailboxes
 * first, then every new mailbox its first minute before any its second. Admitting is claiming; then the job goes to
 * the queue.
 *
 * @param scheduledAt the tick's time, which the scheduler gives; a second run of the same tick does nothing
 */
export async function dispatch(
  scheduledAt: number,
  dependencies: DispatchDependencies,
): Promise<DispatchReport> {
  const { usage, log } = dependencies;
  const tick = new Tick(scheduledAt, dependencies);
  if (!(await usage.beginTick(scheduledAt))) {
    log.info({ event: 'tick already run' });
    return tick.report();
  }
  await tick.readDay();
  try {
    for (const dueClass of dueClasses) await tick.admit(dueClass);
  } finally {
    await tick.writeDay();
  }
  return tick.report();
}

class Tick {
  readonly #scheduledAt: number;
  readonly #dependencies: DispatchDependencies;
  readonly #dayLimit: number;
  #minuteLeft: number;
  #day = { all: 0, backfill: 0 };
  readonly #spent = { all: 0, backfill: 0 };
  #admitted = 0;
  #granted = 0;
  #lag = 0;
  #postponed = 0;

  constructor(scheduledAt: number, dependencies: DispatchDependencies) {
    const { quota, dailyUnits } = dependencies;
    this.#scheduledAt = scheduledAt;
    this.#dependencies = dependencies;
    this.#minuteLeft = Math.floor(quota.unitsPerProjectMinute * minuteShare);
    this.#dayLimit = dailyUnits ?? quota.unitsPerProjectDay ?? Number.POSITIVE_INFINITY;
  }

  async readDay(): Promise<void> {
    this.#day = await this.#dependencies.usage.readDay(quotaDay(this.#scheduledAt));
  }

  async writeDay(): Promise<void> {
    const { usage } = this.#dependencies;
    if (this.#spent.all > 0) await usage.addToDay(quotaDay(this.#scheduledAt), this.#spent);
  }

  async admit(dueClass: DueClass): Promise<void> {
    for await (const chunk of inChunks(this.#due(dueClass), chunkSize)) {
      if (this.#dayLeft(dueClass) <= 0) await this.#postpone(chunk);
      else if (!(await this.#claimAndSend(chunk, dueClass))) return;
    }
  }

  report(): DispatchReport {
    return {
      admitted: this.#admitted,
      unitsGranted: this.#granted,
      dayUnits: this.#day.all + this.#spent.all,
      lag: this.#lag,
      postponed: this.#postponed,
    };
  }

  #due(dueClass: DueClass): AsyncGenerator<DueMailbox> {
    const { mailboxes } = this.#dependencies;
    const shards = Array.from({ length: dueShards }, (_, shard) =>
      mailboxes.listDue(dueClass, shard, this.#scheduledAt),
    );
    return earliestFirst(shards);
  }

  #dayLeft(dueClass: DueClass): number {
    const all = this.#dayLimit - this.#day.all - this.#spent.all;
    if (dueClass === 'changes') return all;
    const share = this.#dayLimit * (1 - dayShareOfChanges);
    return Math.min(all, share - this.#day.backfill - this.#spent.backfill);
  }

  /** @returns false when the minute has no units for a further mailbox */
  async #claimAndSend(chunk: readonly DueMailbox[], dueClass: DueClass): Promise<boolean> {
    const { mailboxes, queue, pace, newId = randomUUID } = this.#dependencies;
    const fitting = this.#grant(chunk);
    const claimed = await Promise.allSettled(
      fitting.map(async ({ due, units }) => {
        const claim = { jobId: newId(), units, claimedAt: this.#scheduledAt };
        const spends = spendsOfClaim(due.spends, claim, pace.minute);
        const taken = await mailboxes.claim(due, claim, this.#scheduledAt + leaseOf(pace), spends);
        return taken ? [{ due, units, jobId: claim.jobId }] : [];
      }),
    );
    const jobs = claimed.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    const untaken = await queue.send(
      jobs.map(({ due: { accountId, generation }, jobId }) => ({
        kind: 'sync',
        accountId,
        generation,
        jobId,
      })),
    );
    const unsent = new Set(untaken.map(({ jobId }) => jobId));
    for (const { due, units, jobId } of jobs) if (!unsent.has(jobId)) this.#count(due, units, dueClass);
    const released = await Promise.allSettled(
      jobs
        .filter(({ jobId }) => unsent.has(jobId))
        .map(({ due, jobId }) => mailboxes.release(due, jobId, this.#scheduledAt)),
    );
    // What was claimed is sent or given back first: only then does a failed write end the tick.
    for (const result of [...claimed, ...released]) if (result.status === 'rejected') throw result.reason;
    return fitting.length === chunk.length;
  }

  /** Those of the chunk for which the minute has units, and how many each gets. */
  #grant(chunk: readonly DueMailbox[]): { due: DueMailbox; units: number }[] {
    const most = unitsForJobs(this.#dependencies.quota);
    let left = this.#minuteLeft;
    return chunk.flatMap((due) => {
      const units = Math.min(due.wants, most);
      if (units > left) {
        left = 0;
        return [];
      }
      left -= units;
      return [{ due, units }];
    });
  }

  #count(due: DueMailbox, units: number, dueClass: DueClass): void {
    this.#minuteLeft -= units;
    this.#granted += units;
    this.#admitted += 1;
    this.#lag = Math.max(this.#lag, this.#scheduledAt - due.nextDueAt);
    // What the mailbox's last job really spent: a grant says only how much it might have.
    const spent = uncountedUnits(due.spends);
    this.#spent.all += spent;
    if (dueClass !== 'changes') this.#spent.backfill += spent;
  }

  /** The day is short: these wait longer, and say so. */
  async #postpone(chunk: readonly DueMailbox[]): Promise<void> {
    const { mailboxes, pace } = this.#dependencies;
    const later = this.#scheduledAt + leaseOf(pace);
    const moved = await Promise.all(
      chunk.map((due) => mailboxes.postpone(due, later, 'waiting_for_daily_quota')),
    );
    this.#postponed += moved.filter(Boolean).length;
  }
}

/** Merges lists that are each in order of their due times. */
async function* earliestFirst(
  lists: readonly AsyncIterable<readonly DueMailbox[]>[],
): AsyncGenerator<DueMailbox> {
  const sources = lists.map((pages) => flatten(pages));
  try {
    const heads = await Promise.all(sources.map((source) => source.next()));
    for (;;) {
      let first = -1;
      for (const [index, head] of heads.entries()) {
        const best = heads[first];
        if (!head.done && (best === undefined || best.done || head.value.nextDueAt < best.value.nextDueAt)) {
          first = index;
        }
      }
      const [head, source] = [heads[first], sources[first]];
      if (head === undefined || head.done || source === undefined) return;
      yield head.value;
      heads[first] = await source.next();
    }
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)));
  }
}

async function* flatten(pages: AsyncIterable<readonly DueMailbox[]>): AsyncGenerator<DueMailbox, undefined> {
  for await (const page of pages) yield* page;
  return undefined;
}

async function* inChunks<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let chunk: Item[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
