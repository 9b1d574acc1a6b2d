import { randomUUID } from 'node:crypto';
import type { Logger } from '../log.ts';
import { usualWants } from './job-outcome.ts';
import {
  type DueClass,
  type DueMailbox,
  dueClasses,
  dueShards,
  type MailboxState,
  type MailboxStore,
} from './mailbox-state.ts';
import { leaseOf, leaseOfPoll, type SyncPace } from './pace.ts';
import { spendsOfClaim, uncountedUnits, wereOfBackfill } from './spends.ts';
import type { QuotaProfile } from './sync-gmail.ts';
import type { SyncQueue } from './sync-queue.ts';
import { unitsForJobs } from './unit-budget.ts';
import { quotaDay, type UsageStore } from './usage.ts';

export interface DispatchDependencies {
  readonly mailboxes: Pick<MailboxStore, 'listDue' | 'claim' | 'release' | 'postpone'>;
  readonly usage: Omit<UsageStore, 'slowDown'>;
  readonly queue: SyncQueue;
  readonly quota: QuotaProfile;
  readonly pace: SyncPace;
  /** Units a day; what the quota profile says, if undefined. */
  readonly dailyUnits?: number | undefined;
  readonly log: Logger;
  readonly clock?: () => number;
  readonly newId?: () => string;
}

/** What one tick did. */
export interface DispatchReport {
  readonly admitted: number;
  readonly unitsGranted: number;
  /** Units of the day that are spent, or granted to jobs. */
  readonly dayUnits: number;
  /** How late the latest of those was that were due and looked at, whatever became of it (milliseconds). */
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
  const [slowedUntil] = await Promise.all([usage.slowedUntil(), tick.readDay()]);
  if (slowedUntil > scheduledAt) {
    log.warn({ event: 'project refused by Google, nothing admitted' });
    return tick.report();
  }
  try {
    for (const dueClass of dueClasses) await tick.admit(dueClass);
  } finally {
    await tick.charge();
  }
  return tick.report();
}

/** What becomes of a chunk of due mailboxes. */
interface Grants {
  readonly fitting: readonly Grant[];
  /** Those for which the day has no units left. */
  readonly waiting: readonly DueMailbox[];
  /** Whether the minute had units for all others. */
  readonly isWhole: boolean;
}

interface Grant {
  readonly due: DueMailbox;
  readonly units: number;
}

class Tick {
  readonly #scheduledAt: number;
  readonly #dependencies: DispatchDependencies;
  readonly #dayLimit: number;
  #minuteLeft: number;
  #day = { all: 0, backfill: 0 };
  /** What this tick has charged the day with, and what of that is not written yet. */
  readonly #charged = { all: 0, backfill: 0 };
  #unwritten = { all: 0, backfill: 0 };
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

  /** Writes down what the day holds by now. */
  async charge(): Promise<void> {
    const units = this.#unwritten;
    if (units.all === 0 && units.backfill === 0) return;
    // Should it fail, nobody knows whether it was written: given back twice, units would be lost to the count.
    this.#unwritten = { all: Math.max(0, units.all), backfill: Math.max(0, units.backfill) };
    await this.#dependencies.usage.addToDay(quotaDay(this.#scheduledAt), units);
    this.#unwritten = { all: 0, backfill: 0 };
  }

  async admit(dueClass: DueClass): Promise<void> {
    for await (const chunk of inChunks(this.#due(dueClass), chunkSize)) {
      for (const { nextDueAt } of chunk) this.#lag = Math.max(this.#lag, this.#scheduledAt - nextDueAt);
      const { fitting, waiting, isWhole } = this.#grant(chunk, dueClass);
      if (fitting.length > 0) await this.#claimAndSend(fitting, dueClass);
      if (waiting.length > 0) await this.#postpone(waiting);
      if (!isWhole) return;
    }
  }

  report(): DispatchReport {
    return {
      admitted: this.#admitted,
      unitsGranted: this.#granted,
      dayUnits: this.#day.all + this.#charged.all,
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
    const all = this.#dayLimit - this.#day.all - this.#charged.all;
    if (dueClass === 'changes') return all;
    const share = this.#dayLimit * (1 - dayShareOfChanges);
    return Math.min(all, share - this.#day.backfill - this.#charged.backfill);
  }

  async #claimAndSend(fitting: readonly Grant[], dueClass: DueClass): Promise<void> {
    const { mailboxes, queue, pace, newId = randomUUID } = this.#dependencies;
    // Charged before it is claimed: a dispatcher that is stopped has counted too much rather than too little.
    for (const { due, units } of fitting) this.#add(due, dueClass, units, beyondGrant(due));
    await this.charge();
    const claimed = await Promise.allSettled(
      fitting.map(async ({ due, units }) => {
        const claim = { jobId: newId(), units, claimedAt: this.#scheduledAt };
        const spends = spendsOfClaim(due.spends, claim, pace.minute);
        const taken = await mailboxes.claim(due, claim, this.#leaseEnd(due), spends);
        if (taken === undefined) {
          this.#add(due, dueClass, -units, -beyondGrant(due));
          return [];
        }
        const uncounted = this.#uncounted({ ...due, ...taken });
        // Only now may the day have back what the last job left of its grant.
        this.#add(due, dueClass, 0, uncounted - beyondGrant(due));
        return [{ due, units, uncounted, jobId: claim.jobId }];
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
    for (const { units, jobId } of jobs) if (!unsent.has(jobId)) this.#count(units);
    const released = await Promise.allSettled(
      jobs
        .filter(({ jobId }) => unsent.has(jobId))
        .map(async ({ due, units, uncounted, jobId }) => {
          try {
            if (await mailboxes.release(due, jobId)) this.#add(due, dueClass, -units, -uncounted);
          } catch (error) {
            // Should it have been given back all the same, the next claim finds what this one gave the day.
            this.#add(due, dueClass, 0, Math.max(0, -uncounted));
            throw error;
          }
        }),
    );
    // What was claimed is sent or given back first: only then does a failed write end the tick.
    for (const result of [...claimed, ...released]) if (result.status === 'rejected') throw result.reason;
  }

  /** What the day does not hold yet. What it held too much for a job comes back only within that day. */
  #uncounted(claimed: Pick<MailboxState, 'spends' | 'quietPoll'>): number {
    const units = uncountedUnits(claimed);
    const grantedAt = claimed.spends.at(-1)?.at ?? this.#scheduledAt;
    return units < 0 && quotaDay(grantedAt) !== quotaDay(this.#scheduledAt) ? 0 : units;
  }

  #leaseEnd({ dueClass, wants }: DueMailbox): number {
    const { pace, quota, clock = Date.now } = this.#dependencies;
    // Of a poll's short lease, a tick that comes late would leave too little.
    const isLate = clock() >= this.#scheduledAt + pace.minute;
    const isPoll = dueClass === 'changes' && wants === usualWants(quota) && !isLate;
    return this.#scheduledAt + (isPoll ? leaseOfPoll(pace) : leaseOf(pace));
  }

  /** Those of the chunk for which the day and the minute have units, and how many each gets. */
  #grant(chunk: readonly DueMailbox[], dueClass: DueClass): Grants {
    const { quota } = this.#dependencies;
    const most = unitsForJobs(quota);
    const fitting: Grant[] = [];
    const waiting: DueMailbox[] = [];
    let minuteLeft = this.#minuteLeft;
    let dayLeft = this.#dayLeft(dueClass);
    for (const due of chunk) {
      const wants = Math.min(due.wants, most);
      const before = beyondGrant(due);
      // At the end of a day, what is left of it; but not so little that nothing comes of it.
      const units = Math.min(wants, dayLeft - before);
      if (units < Math.min(wants, usualWants(quota))) waiting.push(due);
      else if (wants > minuteLeft) minuteLeft = 0;
      else {
        minuteLeft -= units;
        dayLeft -= units + before;
        fitting.push({ due, units });
      }
    }
    return { fitting, waiting, isWhole: fitting.length + waiting.length === chunk.length };
  }

  /** Charges the day, or what was charged back to it: with a grant, and with what the last job really spent. */
  #add(due: DueMailbox, dueClass: DueClass, granted: number, spent: number): void {
    const isBackfill = dueClass !== 'changes';
    const backfill = (isBackfill ? granted : 0) + (isBackfill || wereOfBackfill(due.spends) ? spent : 0);
    for (const sums of [this.#charged, this.#unwritten]) {
      sums.all += granted + spent;
      sums.backfill += backfill;
    }
  }

  #count(units: number): void {
    this.#minuteLeft -= units;
    this.#granted += units;
    this.#admitted += 1;
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

/** What the mailbox spent beyond what the day holds for it. */
function beyondGrant(due: DueMailbox): number {
  return Math.max(0, uncountedUnits(due));
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
