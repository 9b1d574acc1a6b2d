import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { type Change, feedShards } from './change.ts';
import type { FeedReader } from './feed.ts';
import { type FeedTimes, keptFor } from './feed-times.ts';
import { positionAt, positionOf } from './position.ts';
import { showChange } from './show-change.ts';

/** A change as the bus is told it. */
export interface BusEvent {
  /** The change's type, by which rules choose. */
  readonly detailType: string;
  /** The change in JSON, as the API shows it. */
  readonly detail: string;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** The event bus that is told of every change. */
export interface EventBus {
  /**
   * Puts events, within `busLimits`.
   *
   * @returns the positions in the list of those that the bus did not take
   * @throws Problem `misconfigured` when waiting does not mend it
   */
  put(events: readonly BusEvent[]): Promise<readonly number[]>;
}

/** How far the bus was told, in each part of the stage's feed. */
export interface PublishedStore {
  find(shard: number): Promise<string | undefined>;
  /** Moves on; false when another publisher is beyond that already. */
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

/** What one run did. */
interface PublishReport {
  readonly published: number;
  /** How long the oldest change waits that could be told and was not (milliseconds). */
  readonly lag: number;
  /** What ended a part of the run early. */
  readonly failures: readonly unknown[];
}

/** What one call may hold: EventBridge takes ten entries, and less than 262,144 bytes in all (EventBridge quotas). */
export const busLimits = { entries: 10, bytes: 240_000 };

/** Bytes of an entry beside its detail: source, type, time. */
const frame = 100;

/** Changes read at a time. */
const pageSize = 100;

/** The first pause after a refusal, which doubles up to the longest (milliseconds). */
const pauses = { first: 200, longest: 5_000 };

/**
 * Tells the event bus what it was not told yet, until nothing is left or the time is over. Each part of the feed goes
 * on only when the bus took everything before: so every change arrives at least once, and those of an account in
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

/** One part of the feed, and how far this run came with it. */
interface Part {
  readonly shard: number;
  published: number;
  /** When the change was told that is next, if one is. */
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
 * The changes in waves, one after the other. A wave has one change of an account at most: the bus may refuse any change
 * and take the others, and the next change of an account must not arrive before it.
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
 * Puts a wave, its calls side by side, until the bus has taken all of it.
 *
 * @returns false when the time is over before
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

/** The changes in calls that the bus takes. */
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
 * Puts a batch until the bus has taken all of it, after pauses.
 *
 * @returns false when the time is over before
 */
async function deliver(
  batch: readonly Entry[],
  endsAt: number,
  { bus, log, clock = Date.now, sleep = delay }: PublishDependencies,
): Promise<boolean> {
  let left = batch.filter(({ change, bytes }) => {
    // Nobody could ever put it, and whatever comes after it would wait for ever.
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
