import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { type Change, feedShards } from './change.ts';
import type { FeedReader } from './feed.ts';
import { type FeedTimes, keptFor } from './feed-times.ts';
import { positionAt, positionOf } from './position.ts';
import { showChange } from './show-change.ts';

/** A change as an event of the bus. */
export interface BusEvent {
  /** The change's type, which rules of the bus match. */
  readonly detailType: string;
  /** The change in JSON, as in the API's responses. */
  readonly detail: string;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** The event bus to which every change is published. */
export interface EventBus {
  /**
   * Puts events, within `busLimits`.
   *
   * @returns the indexes of the events that the bus did not accept
   * @throws Problem `misconfigured` if a retry cannot succeed
   */
  put(events: readonly BusEvent[]): Promise<readonly number[]>;
}

/** The position up to which each part of the stage's feed is published. */
export interface PublishedStore {
  find(shard: number): Promise<string | undefined>;
  /** Advances the position; returns false if another publisher has already passed it. */
  move(shard: number, position: string): Promise<boolean>;
}

interface PublishDependencies {
  readonly feed: Pick<FeedReader, 'read'>;
  readonly published: PublishedStore;
  readonly bus: EventBus;
  readonly times: Pick<FeedTimes, 'settle'>;
  readonly log: Logger;
  readonly clock?: (() => number) | undefined;
  readonly sleep?: ((milliseconds: number) => Promise<unknown>) | undefined;
}

interface PublishReport {
  readonly published: number;
  /** The age of the oldest change that is ready but not published (milliseconds). */
  readonly lag: number;
  /** The errors that ended parts of the run early. */
  readonly failures: readonly unknown[];
}

/** The limits of one call: ten entries, and fewer than 262,144 bytes in all (EventBridge quotas). */
export const busLimits = { entries: 10, bytes: 240_000 };

/** Bytes of an entry without its detail: source, type, time. */
const frame = 100;

const pageSize = 100;

/** The pauses after refusals double from the first to the longest (milliseconds). */
const pauses = { first: 200, longest: 5_000 };

/**
 * Publishes new changes to the event bus until none is left or time runs out. Each part of the feed advances only after
 * the bus has accepted all earlier changes. So every change arrives at least once, and changes of one account arrive in
 * order, apart from repeats.
 */
export async function publishChanges(
  run: { readonly endsAt: number },
  dependencies: PublishDependencies,
): Promise<PublishReport> {
  const parts = Array.from({ length: feedShards }, (_, shard) => ({ shard, published: 0, waitingSince: [] }));
  const ends = await Promise.allSettled(parts.map((part) => publishPart(part, run.endsAt, dependencies)));
  const { clock = Date.now } = dependencies;
  const waitingSince = Math.min(clock(), ...parts.flatMap((part) => part.waitingSince));
  return {
    published: parts.reduce((sum, { published }) => sum + published, 0),
    lag: clock() - waitingSince,
    failures: ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : [])),
  };
}

/** The progress of this run in one part of the feed. */
interface Part {
  readonly shard: number;
  published: number;
  /** The time of the next change; undefined if there is none. */
  waitingSince: readonly number[];
}

async function publishPart(part: Part, endsAt: number, dependencies: PublishDependencies): Promise<void> {
  const { feed, published, times, clock = Date.now } = dependencies;
  const { shard } = part;
  const oldest = positionAt(clock() - keptFor);
  const reached = (await published.find(shard)) ?? oldest;
  let after = reached > oldest ? reached : oldest;
  for (let more = true; more; ) {
    const until = positionAt(clock() - times.settle);
    const page = await feed.read({ shard }, { after, until, limit: pageSize });
    for (const wave of wavesOf(page.changes)) {
      part.waitingSince = wave.slice(0, 1).map(({ at }) => at);
      if (!(await deliverWave(wave, endsAt, dependencies))) return;
      part.published += wave.length;
      part.waitingSince = [];
      after = wave.reduce((_, change) => positionOf(change), after);
      if (!(await published.move(shard, after))) return;
    }
    more = page.more;
  }
}

/**
 * Splits changes into waves, which are sent one after the other. A wave has at most one change of an account: the bus
 * may refuse one change and accept the next, and changes of one account must arrive in order.
 */
function wavesOf(changes: readonly Change[]): Change[][] {
  const waves: Change[][] = [];
  let accounts = new Set<string>();
  for (const change of changes) {
    if (waves.length === 0 || accounts.has(change.accountId)) {
      waves.push([]);
      accounts = new Set();
    }
    waves.at(-1)?.push(change);
    accounts.add(change.accountId);
  }
  return waves;
}

/**
 * Sends the calls of a wave in parallel, until the bus has accepted all of it.
 *
 * @returns false if time ran out first
 */
async function deliverWave(
  wave: readonly Change[],
  endsAt: number,
  dependencies: PublishDependencies,
): Promise<boolean> {
  const calls = batchesOf(wave).map((batch) => deliver(batch, endsAt, dependencies));
  const results = await Promise.allSettled(calls);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.every((result) => result.status === 'fulfilled' && result.value);
}

interface Entry {
  readonly change: Change;
  readonly event: BusEvent;
  readonly bytes: number;
}

/** Splits changes into calls within the limits of the bus. */
function batchesOf(changes: readonly Change[]): Entry[][] {
  const batches: Entry[][] = [];
  for (const change of changes) {
    const entry = entryOf(change);
    const batch = batches.at(-1);
    if (batch !== undefined && fits(entry, batch)) batch.push(entry);
    else batches.push([entry]);
  }
  return batches;
}

function entryOf(change: Change): Entry {
  const event = { detailType: change.type, detail: JSON.stringify(showChange(change)), time: change.at };
  return { change, event, bytes: frame + Buffer.byteLength(event.detail) };
}

function fits({ bytes }: Entry, batch: readonly Entry[]): boolean {
  if (batch.length >= busLimits.entries) return false;
  return batch.reduce((sum, entry) => sum + entry.bytes, bytes) <= busLimits.bytes;
}

/**
 * Sends a batch until the bus has accepted all of it, with pauses between attempts.
 *
 * @returns false if time ran out first
 */
async function deliver(
  batch: readonly Entry[],
  endsAt: number,
  { bus, log, clock = Date.now, sleep = delay }: PublishDependencies,
): Promise<boolean> {
  let left = batch.filter(({ change, bytes }) => {
    // No retry can succeed, and all later changes would wait forever.
    const isTooLarge = bytes > busLimits.bytes;
    if (isTooLarge) log.error({ event: 'change too large for the bus', accountId: change.accountId });
    return !isTooLarge;
  });
  for (let pause = pauses.first; left.length > 0; pause = Math.min(2 * pause, pauses.longest)) {
    if (clock() >= endsAt) return false;
    const untaken = new Set(await bus.put(left.map(({ event }) => event)));
    left = left.filter((_, index) => untaken.has(index));
    if (left.length === 0) break;
    if (clock() + pause >= endsAt) return false;
    await sleep(pause);
  }
  return true;
}
