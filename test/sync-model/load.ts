import type { CopiedMessage } from '../../lambdas/copied-message.ts';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { newMailboxState } from '../../lambdas/sync/mailbox/connect.ts';
import { unitsOfPoll } from '../../lambdas/sync/mailbox/quota-profile.ts';
import { Chance } from './chance.ts';
import { ModelMailbox } from './model-mailbox.ts';
import { Simulation } from './simulation.ts';

const minute = 60_000;
const shape = { listPage: 500, historyPage: 500, emptyPages: 0, dates: 'arrival' } as const;

/** What a project has to do. Mailboxes and the project's minute are both divided by `scale`. */
export interface Load {
  readonly mailboxes: number;
  /** Messages that each gets in an hour. */
  readonly hourly: number;
  /** Mailboxes that connect in the first minute, each with some messages. */
  readonly connecting?: number;
  /** Minutes without ticks, once the sync is in step. */
  readonly outage?: number;
  /** Milliseconds by which ticks are late at the most. */
  readonly tickDelay?: number;
  /** Minutes that are measured. */
  readonly minutes: number;
  readonly scale: number;
}

/** What came of it. Delays are in seconds, from the arrival of a message until it is in the copy. */
export interface LoadFigures {
  readonly delays: readonly number[];
  /** Seconds until a new mailbox had its first messages. */
  readonly firstMessages: readonly number[];
  /** Units a minute, not divided by the scale. */
  readonly spent: number;
  readonly granted: number;
  readonly refusals: number;
  /** Minutes after the outage until no message that is not copied is older than two minutes. */
  readonly recovery: number | undefined;
}

/** Minutes before the measured ones. */
const warmUp = 5;

/** The messages of one copy; tells when each is written first. */
class TimedMessages extends Map<string, CopiedMessage> {
  readonly #written: (id: string) => void;

  constructor(written: (id: string) => void) {
    super();
    this.#written = written;
  }

  override set(id: string, message: CopiedMessage): this {
    if (!this.has(id)) this.#written(id);
    return super.set(id, message);
  }
}

/** The messages that have arrived and are not copied, and how long each of the others took. */
class Arrivals {
  readonly waiting = new Map<string, number>();
  readonly delays: { readonly arrived: number; readonly delay: number }[] = [];

  copied(message: string, now: number): void {
    const arrived = this.waiting.get(message);
    if (arrived === undefined) return;
    this.waiting.delete(message);
    this.delays.push({ arrived, delay: now - arrived });
  }

  oldest(now: number): number {
    return this.waiting.values().reduce((oldest, arrived) => Math.max(oldest, now - arrived), 0);
  }
}

/** Plays the load: real dispatcher, real jobs, virtual time, and a Google that refuses what is over its quotas. */
export async function playLoad(load: Load, seed = 1): Promise<LoadFigures> {
  const { mailboxes, hourly, scale, outage = 0, connecting = 0, tickDelay = 1_000 } = load;
  const profile = quotaProfiles['2026'];
  const quota = {
    ...profile,
    unitsPerProjectMinute: profile.unitsPerProjectMinute / scale,
    // A day is longer than what is played.
    unitsPerProjectDay: undefined,
  };
  const simulation = new Simulation({
    quota,
    enforced: { profile: quota, window: 'sliding', concurrency: 10 },
    pace: { quietPoll: minute },
    startDelay: 1_000,
    tickDelay,
    concurrency: Math.ceil(600 / scale),
    seed,
  });
  const { time, tables, gmail } = simulation;
  const chance = new Chance(seed);
  const arrivals = new Arrivals();
  const firstMessages: number[] = [];
  const connected: ModelMailbox[] = [];

  const add = (accountId: string, mailbox: ModelMailbox, written: (id: string) => void) => {
    simulation.addAccount(accountId, mailbox);
    const key = simulation.connect(accountId);
    const copy = tables.copyOf(key);
    tables.copies.set(`${accountId}#${key.generation}`, { ...copy, messages: new TimedMessages(written) });
    return key;
  };
  for (let number = 0; number < mailboxes / scale; number += 1) {
    const mailbox = new ModelMailbox(shape);
    const key = add(`${number}`, mailbox, (id) => arrivals.copied(`${number} ${id}`, time.now));
    connected.push(mailbox);
    tables.set({
      ...newMailboxState(key, time.now, quota),
      ...{ phase: 'live', dueClass: 'changes', historyId: mailbox.historyId, labelsAt: time.now },
      ...{ wants: unitsOfPoll(quota), nextDueAt: time.now + chance.between(0, minute) },
    });
  }
  for (let number = 0; number < connecting / scale; number += 1) {
    const mailbox = new ModelMailbox(shape);
    for (let message = 0; message < 400; message += 1) mailbox.arrive(['INBOX']);
    const since = time.now;
    let isFirst = true;
    add(`new ${number}`, mailbox, () => {
      if (isFirst) firstMessages.push((time.now - since) / 1_000);
      isFirst = false;
    });
  }
  const gap = connected.length === 0 ? undefined : (60 * minute) / (hourly * connected.length);
  const arrive = () => {
    const number = chance.between(0, connected.length - 1);
    const id = connected[number]?.arrive(['INBOX']);
    arrivals.waiting.set(`${number} ${id}`, time.now);
    if (gap !== undefined) time.at(time.now - gap * Math.log(1 - chance.between(0, 999_999) / 1e6), arrive);
  };
  if (gap !== undefined) arrive();

  await simulation.pass(warmUp * minute);
  const begun = { at: time.now, units: gmail.units, reports: simulation.reports.length };
  for (let tick = 0; tick < outage; tick += 1) simulation.faults.armHarness('missedTick');
  await simulation.pass(outage * minute);
  let recovery = outage === 0 ? undefined : 0;
  for (let minutes = 0; minutes < load.minutes; minutes += 1) {
    if (recovery === minutes && arrivals.oldest(time.now) > 2 * minute) recovery += 1;
    await simulation.pass(minute);
  }
  const perMinute = (units: number) => Math.round((units * scale) / (load.minutes + outage));
  const delays = [
    ...arrivals.delays.filter(({ arrived }) => arrived >= begun.at).map(({ delay }) => delay),
    // What is still not copied has waited so long at least; what came last would make the others look better.
    ...[...arrivals.waiting.values()].map((arrived) => time.now - arrived).filter((age) => age > 2 * minute),
  ];
  return {
    delays: delays.map((delay) => delay / 1_000).sort((one, other) => one - other),
    firstMessages: firstMessages.sort((one, other) => one - other),
    spent: perMinute(gmail.units - begun.units),
    granted: perMinute(simulation.reports.slice(begun.reports).reduce((sum, r) => sum + r.unitsGranted, 0)),
    refusals: gmail.refusals,
    recovery,
  };
}

/** What this share of sorted values does not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
