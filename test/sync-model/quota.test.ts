import { describe, expect, test } from 'vitest';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { Chance } from './chance.ts';
import { ModelMailbox } from './model-mailbox.ts';
import type { QuotaWindow } from './quota-meter.ts';
import { Simulation } from './simulation.ts';

const quota = quotaProfiles['2026'];
const { prices } = quota;
const minute = 60_000;
const windows: readonly QuotaWindow[] = ['aligned', 'shifted', 'sliding'];

/** The share of a quota that is left to interactive calls. */
const reserve = 0.05;

/**
 * Workers, each with up to ten jobs at once: so many that jobs begin when they are granted. If grants came all at once,
 * a minute that begins anywhere would hold the units of two ticks.
 */
const workers = 40;

/** The sizes of threads as in real mail: about half of the messages stand in threads of three and more. */
const usualThreads = [1, 3, 1, 2, 6, 1, 4, 1, 2, 1, 9, 1, 1, 2, 3, 1, 2, 5, 1, 1, 2, 2];

/** Replies come among other mail: some messages later, up to this many. */
const longestGap = 25;

function realMailbox(size: number): { mailbox: ModelMailbox; threadSizes: number[] } {
  const mailbox = new ModelMailbox({ listPage: 500, historyPage: 500, emptyPages: 0, dates: 'arrival' });
  const chance = new Chance(size);
  const threadSizes: number[] = [];
  const arrivals: { readonly place: number; readonly thread: number }[] = [];
  while (arrivals.length < size) {
    const thread = threadSizes.length;
    const threadSize = Math.min(size - arrivals.length, usualThreads[thread % usualThreads.length] ?? 1);
    let place = arrivals.length;
    for (let number = 0; number < threadSize; number += 1) {
      arrivals.push({ place, thread });
      place += chance.between(1, longestGap);
    }
    threadSizes.push(threadSize);
  }
  const first = new Map<number, string>();
  for (const { thread } of arrivals.toSorted((one, other) => one.place - other.place)) {
    const id = mailbox.arrive(['INBOX'], first.get(thread));
    if (!first.has(thread)) first.set(thread, id);
  }
  return { mailbox, threadSizes };
}

/** Units of the cheapest way to list and fetch all of it. */
function cheapestUnits(size: number, threadSizes: readonly number[]): number {
  const pages = Math.ceil(size / 500);
  const fetches = threadSizes.map((messages) => Math.min(messages * prices.getMessage, prices.getThread));
  return pages * prices.listMessages + fetches.reduce((sum, units) => sum + units, 0);
}

function simulate(window: QuotaWindow): Simulation {
  return new Simulation({
    quota,
    enforced: { profile: quota, window, concurrency: 10 },
    latency: [150, 900],
    startDelay: 2_500,
    concurrency: workers,
  });
}

/** Lets minutes pass until the condition holds. */
async function minutesUntil(simulation: Simulation, done: () => boolean): Promise<number> {
  for (let minutes = 0; minutes < 600; minutes += 1) {
    if (done()) return minutes;
    await simulation.pass(minute);
  }
  throw new Error('It takes more than ten hours.');
}

describe.each(windows)('under the quotas of Google, in %s minutes,', (window) => {
  test('a backfill of 20,000 messages takes what is inevitable, while somebody lists the mailbox', async () => {
    const size = 20_000;
    const { mailbox, threadSizes } = realMailbox(size);
    const simulation = simulate(window);
    simulation.addAccount('101', mailbox);
    const key = simulation.connect('101');
    const list = () => {
      simulation.gmail.listInteractively('101');
      simulation.time.at(simulation.time.now + 3_000, list);
    };
    list();

    const minutes = await minutesUntil(
      simulation,
      () => simulation.tables.states.get('101')?.phase === 'live',
    );

    const perMinute = quota.unitsPerUserMinute * (1 - reserve);
    const inevitable = cheapestUnits(size, threadSizes) / perMinute;
    const withoutThreads = (size * prices.getMessage) / perMinute;
    expect(simulation.tables.copyOf(key).messages.size).toBe(size);
    expect(simulation.gmail.refusals).toBe(0);
    expect(minutes).toBeLessThanOrEqual(Math.ceil(1.1 * inevitable));
    expect(minutes).toBeLessThan(withoutThreads);
  });

  test('1,000 new mailboxes share the project’s minute, and each is served before any is served twice', async () => {
    const [mailboxes, size] = [1_000, 400];
    const simulation = simulate(window);
    let units = 0;
    for (let number = 1; number <= mailboxes; number += 1) {
      const { mailbox, threadSizes } = realMailbox(size);
      units += cheapestUnits(size, threadSizes);
      simulation.addAccount(`${number}`, mailbox);
      simulation.connect(`${number}`);
    }
    const list = (number: number) => {
      simulation.gmail.listInteractively(`${(number % mailboxes) + 1}`);
      simulation.time.at(simulation.time.now + 3_000, () => list(number + 1));
    };
    list(0);

    const states = simulation.tables.states;
    const minutes = await minutesUntil(simulation, () =>
      states.values().every(({ phase }) => phase === 'live'),
    );

    const inevitable = units / (quota.unitsPerProjectMinute * (1 - reserve));
    expect(simulation.gmail.refusals).toBe(0);
    expect(minutes).toBeLessThanOrEqual(Math.ceil(1.1 * inevitable));
    const firstRepeat = simulation.served.findIndex((id, index, all) => all.indexOf(id) !== index);
    expect(new Set(simulation.served.slice(0, firstRepeat === -1 ? undefined : firstRepeat)).size).toBe(
      mailboxes,
    );
  });
});
