import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../log.ts';
import type { DueClass, DueMailbox, MailboxStore } from '../mailbox/mailbox-state.ts';
import { leaseOf, leaseOfPoll, type SyncPace } from '../mailbox/pace.ts';
import { ledgerOfClaim, uncountedUnits } from '../mailbox/quota-ledger.ts';
import { type QuotaProfile, unitsForJobs, unitsOfPoll } from '../mailbox/quota-profile.ts';
import type { MeasuredQueue, QueueDepth } from '../mailbox/sync-queue.ts';
import { dueMailboxes, inChunks } from './due-mailboxes.ts';
import { activeShare, burstShare, GrantRate } from './grant-rate.ts';
import { ProjectDay } from './project-day.ts';
import { ProjectMinute } from './project-minute.ts';
import type { TickUsage, UsageStore } from './usage.ts';

export interface DispatchDependencies {
  readonly mailboxes: Pick<MailboxStore, 'listDue' | 'claim' | 'release' | 'postpone'>;
  readonly usage: Omit<UsageStore, 'slowDown'>;
  readonly queue: MeasuredQueue;
  readonly quota: QuotaProfile;
  readonly pace: SyncPace;
  /** Units a day; the quota profile's if undefined. */
  readonly dailyUnits?: number | undefined;
  readonly log: Logger;
  readonly clock?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
  readonly newId?: () => string;
}

export interface DispatchReport {
  readonly admitted: number;
  readonly unitsGranted: number;
  /** Units of the day that are spent or granted. */
  readonly dayUnits: number;
  /** How late the most overdue of the examined mailboxes was, admitted or not (milliseconds). */
  readonly lag: number;
  readonly postponed: number;
  /** Messages waiting in the queue, if nothing was admitted for that reason. */
  readonly queueBehind: number;
}

const chunkSize = 50;

/** The share of a tick's granting time for comparisons and changes, before new mailboxes and backfills. */
const timeShareOfChanges = 0.75;

/** The share of a minute between two queries for polls with news, in a crowded tick. */
const lookEvery = 0.1;

/** Messages that may wait long: those behind a dead worker's, and those of other kinds. */
const strays = 20;

/**
 * One tick. It admits due mailboxes while the project's minute and day have units: changes of live mailboxes first,
 * then the first minute of every new mailbox, then further minutes. New mailboxes and comparisons have shares of their
 * own. Admitting a mailbox means to claim it, then to send its job to the queue. What does not fit, or has no time
 * left, is due in the next tick.
 *
 * One tick runs in each minute of the scheduler. A tick that starts late grants for the rest of its minute; another one
 * in that minute does nothing.
 *
 * @param scheduledAt the tick's time by the scheduler
 */
export async function dispatch(
  scheduledAt: number,
  dependencies: DispatchDependencies,
): Promise<DispatchReport> {
  const { usage, log, queue, quota, pace, dailyUnits, clock = Date.now } = dependencies;
  const day = new ProjectDay(
    usage,
    scheduledAt,
    dailyUnits ?? quota.unitsPerProjectDay ?? Number.POSITIVE_INFINITY,
  );
  const idle = { admitted: 0, unitsGranted: 0, lag: 0, postponed: 0, queueBehind: 0 };
  const late = Math.max(0, Math.floor((clock() - scheduledAt) / pace.minute));
  const minuteAt = scheduledAt + late * pace.minute;
  if (!(await usage.beginTick(minuteAt))) {
    log.info({ event: 'tick already run' });
    return { ...idle, dayUnits: day.units };
  }
  const [slowedUntil, past, depth] = await Promise.all([
    usage.slowedUntil(),
    usage.readTicks(),
    queue.depth(),
    day.read(),
  ]);
  if (slowedUntil > scheduledAt) {
    log.warn({ event: 'project refused by Google, nothing admitted' });
    return { ...idle, dayUnits: day.units };
  }
  // A queue that cannot be measured would not take a job either.
  if (depth === undefined) return { ...idle, dayUnits: day.units };
  const recent = past.filter(({ at }) => at > minuteAt - leaseOfPoll(pace) / 2);
  // More messages wait than were sent lately: the oldest is older, and jobs claimed now would wait in vain.
  if (depth.waiting > recent.reduce((sum, { jobs }) => sum + jobs, strays)) {
    log.warn({ event: 'queue behind, nothing admitted' });
    return { ...idle, dayUnits: day.units, queueBehind: depth.waiting };
  }
  const tick = new Tick(scheduledAt, day, { minuteAt, recent, depth }, dependencies);
  try {
    await tick.run();
  } finally {
    await Promise.all([tick.remember(), day.write()]);
  }
  return tick.report();
}

interface TickStart {
  /** When its minute began. */
  readonly minuteAt: number;
  readonly recent: readonly TickUsage[];
  readonly depth: QueueDepth;
}

class Tick {
  readonly #scheduledAt: number;
  readonly #minuteAt: number;
  readonly #day: ProjectDay;
  readonly #minute: ProjectMinute;
  readonly #dependencies: DispatchDependencies;
  readonly #clock: () => number;
  /** It grants between these moments. */
  readonly #begin: number;
  readonly #end: number;
  readonly #recent: readonly TickUsage[];
  readonly #rate: GrantRate;
  /** The time of its claims: the tick's, but the clock's for polls with news. */
  #claimedAt: number;
  #admitted = 0;
  #granted = 0;
  #lag = 0;
  #postponed = 0;

  constructor(
    scheduledAt: number,
    day: ProjectDay,
    { minuteAt, recent, depth }: TickStart,
    dependencies: DispatchDependencies,
  ) {
    const { quota, pace, clock = Date.now } = dependencies;
    this.#scheduledAt = scheduledAt;
    this.#minuteAt = minuteAt;
    this.#claimedAt = scheduledAt;
    this.#day = day;
    this.#dependencies = dependencies;
    this.#clock = clock;
    this.#recent = recent;
    const unspent = unitsInFlight(recent, depth);
    this.#minute = new ProjectMinute(quota, unspent);
    const now = clock();
    this.#rate = new GrantRate(this.#minute.whole, pace.minute, now, unspent);
    // A tick that starts during the rest at the end of its minute grants one burst.
    this.#end = Math.max(Math.min(now, minuteAt) + pace.minute * activeShare, now + pace.minute * burstShare);
    this.#begin = Math.min(this.#end, Math.max(now, this.#rate.paidUntil));
  }

  async run(): Promise<void> {
    const waiting = await this.#newMailboxes();
    const until = this.#begin + (this.#end - this.#begin) * timeShareOfChanges;
    await this.#admit('verify', this.#due('verify'), until);
    const ranOutOfTime = await this.#admit('changes', this.#due('changes'), until);
    const waited = this.#scheduledAt - (waiting[0]?.nextDueAt ?? this.#scheduledAt);
    this.#minute.divideAmongNew(waiting.length, waited / this.#dependencies.pace.minute);
    await this.#admit('first', waiting);
    await this.#admit('more', this.#due('more'));
    if (!ranOutOfTime && !this.#minute.isCrowded) return;
    await this.remember();
    await this.#admitRemaining();
  }

  /** Stores what the next ticks must know of this one. */
  async remember(): Promise<void> {
    if (this.#admitted === 0) return;
    const tick = { at: this.#minuteAt, jobs: this.#admitted, units: this.#granted };
    await this.#dependencies.usage.writeTicks([...this.#recent, tick]);
  }

  report(): DispatchReport {
    return {
      admitted: this.#admitted,
      unitsGranted: this.#granted,
      dayUnits: this.#day.units,
      lag: this.#lag,
      postponed: this.#postponed,
      queueBehind: 0,
    };
  }

  async #waitUntil(moment: number): Promise<void> {
    const { sleep = delay } = this.#dependencies;
    const wait = moment - this.#clock();
    if (wait > 0) await sleep(wait);
  }

  /** As many new mailboxes as can be admitted; reserves their share. */
  async #newMailboxes(): Promise<readonly DueMailbox[]> {
    const waiting: DueMailbox[] = [];
    for await (const due of this.#due('first')) {
      waiting.push(due);
      if (waiting.length === this.#minute.maxNew) break;
    }
    this.#minute.reserveForNew(waiting.reduce((sum, { wants }) => sum + wants, 0));
    return waiting;
  }

  /**
   * Admits the polls for which there was no time, and mailboxes whose polls found more news than their grant paid for.
   */
  async #admitRemaining(): Promise<void> {
    const { minute } = this.#dependencies.pace;
    this.#minute.releaseForNews();
    let nextLook = this.#clock();
    while (nextLook < this.#end && !this.#minute.isSpent('changes')) {
      await this.#waitUntil(nextLook);
      this.#claimedAt = Math.max(this.#clock(), this.#scheduledAt + 1);
      await this.#admit('changes', this.#due('changes'));
      nextLook = Math.max(nextLook + minute * lookEvery, this.#clock());
    }
  }

  #due(dueClass: DueClass): AsyncGenerator<DueMailbox> {
    return dueMailboxes(this.#dependencies.mailboxes, dueClass, this.#claimedAt);
  }

  /** @returns whether time ran out, rather than units or mailboxes */
  async #admit(
    dueClass: DueClass,
    mailboxes: AsyncIterable<DueMailbox> | Iterable<DueMailbox>,
    until: number = this.#end,
  ): Promise<boolean> {
    for await (const chunk of inChunks(mailboxes, chunkSize)) {
      for (const { nextDueAt } of chunk) this.#lag = Math.max(this.#lag, this.#claimedAt - nextDueAt);
      const { fitting, waiting } = this.#grant(chunk);
      for (const portion of this.#rate.portions(fitting)) {
        if (this.#rate.paidUntil >= until) for (const grant of portion) this.#refund(grant);
        else {
          await this.#waitUntil(this.#rate.readyAt);
          await this.#claimAndSend(portion);
        }
      }
      if (waiting.length > 0) await this.#postpone(waiting);
      if (this.#minute.isSpent(dueClass)) return false;
      if (Math.max(this.#clock(), this.#rate.paidUntil) >= until) return true;
    }
    return false;
  }

  /** Grants units to the mailboxes of the chunk; `waiting` are those for which the day has none. */
  #grant(chunk: readonly DueMailbox[]) {
    const { quota } = this.#dependencies;
    const fitting: Grant[] = [];
    const waiting: DueMailbox[] = [];
    for (const due of chunk) {
      const before = overspentUnits(due);
      const dayLeft = this.#day.left(due.dueClass) - before;
      // At the end of a day, what is left of it, unless that is too little to be of use.
      const wants = Math.min(due.wants, unitsForJobs(quota));
      if (Math.min(wants, dayLeft) < Math.min(wants, unitsOfPoll(quota))) {
        waiting.push(due);
        continue;
      }
      const units = this.#minute.grant({ ...due, wants: Math.min(wants, dayLeft) });
      if (units === 0) continue;
      this.#day.add(due, units, before);
      fitting.push({ due, units });
    }
    return { fitting, waiting };
  }

  /** Refunds the grant of a mailbox that is not claimed. */
  #refund({ due, units }: Grant): void {
    this.#minute.refund(units);
    this.#day.add(due, -units, -overspentUnits(due));
  }

  async #claimAndSend(fitting: readonly Grant[]): Promise<void> {
    const { mailboxes, queue, pace, newId = randomUUID } = this.#dependencies;
    // Charged before the claim: a dispatcher that is stopped has counted too much rather than too little.
    await this.#day.write();
    const claimed = await Promise.allSettled(
      fitting.map(async ({ due, units }) => {
        const claim = { jobId: newId(), units, claimedAt: this.#claimedAt };
        const spends = ledgerOfClaim(due.spends, claim, pace.minute);
        const taken = await mailboxes.claim(due, claim, this.#leaseEnd(due), spends);
        if (taken === undefined) {
          this.#refund({ due, units });
          return [];
        }
        const uncounted = this.#day.uncounted({ ...due, ...taken });
        // Refund the unused units of the last job to the daily quota.
        this.#day.add(due, 0, uncounted - overspentUnits(due));
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
    for (const { units, jobId } of jobs) {
      if (unsent.has(jobId)) this.#minute.refund(units);
      else this.#count(units);
    }
    const released = await Promise.allSettled(
      jobs
        .filter(({ jobId }) => unsent.has(jobId))
        .map(async ({ due, units, uncounted, jobId }) => {
          try {
            if (await mailboxes.release(due, jobId)) this.#day.add(due, -units, -uncounted);
          } catch (error) {
            // If the release took place after all, the next claim finds what this one refunded.
            this.#day.add(due, 0, Math.max(0, -uncounted));
            throw error;
          }
        }),
    );
    // Claimed jobs are sent or released before a failed write ends the tick.
    for (const result of [...claimed, ...released]) if (result.status === 'rejected') throw result.reason;
  }

  #leaseEnd({ dueClass, wants }: DueMailbox): number {
    const { pace, quota } = this.#dependencies;
    // A late tick would leave too little of a poll's short lease.
    const isLate = this.#clock() >= this.#claimedAt + pace.minute;
    const isPoll = dueClass === 'changes' && wants === unitsOfPoll(quota) && !isLate;
    return this.#claimedAt + (isPoll ? leaseOfPoll(pace) : leaseOf(pace));
  }

  #count(units: number): void {
    this.#rate.count(units, this.#clock());
    this.#granted += units;
    this.#admitted += 1;
  }

  /** The day has too few units: these mailboxes wait longer, and their status says so. */
  async #postpone(chunk: readonly DueMailbox[]): Promise<void> {
    const { mailboxes, pace } = this.#dependencies;
    const later = this.#claimedAt + leaseOf(pace);
    const moved = await Promise.all(
      chunk.map((due) => mailboxes.postpone(due, later, 'waiting_for_daily_quota')),
    );
    this.#postponed += moved.filter(Boolean).length;
  }
}

interface Grant {
  readonly due: DueMailbox;
  readonly units: number;
}

/** What jobs of the last ticks may still spend: the latest jobs, which no worker has finished. */
function unitsInFlight(recent: readonly TickUsage[], { waiting, inFlight }: QueueDepth): number {
  let left = waiting + inFlight;
  let unspent = 0;
  for (const { jobs, units } of recent.toReversed()) {
    unspent += units * Math.min(1, left / jobs);
    left = Math.max(0, left - jobs);
  }
  return unspent;
}

/** What the mailbox spent beyond its grant. */
function overspentUnits(due: DueMailbox): number {
  return Math.max(0, uncountedUnits(due));
}
