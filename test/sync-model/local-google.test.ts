import { describe, expect, test } from 'vitest';
import { type Quota, quotaOf } from '../../infra/local/google/quota.ts';
import { createMailboxOpener } from '../../lambdas/google/gmail.ts';
import { admin, google } from '../infra/local/google/support.ts';
import {
  betweenListings,
  type Connected,
  cheapestUnits,
  connectMailbox,
  minute,
  minutesOfBackfill,
  newTime,
  prices,
  profile,
  startListing,
  startSync,
  type TrueMessage,
  truthOf,
} from './local-backfill.ts';

/** The share of a quota that is left to interactive calls. */
const reserve = 0.05;

/** The local Google on a simulated clock, with one mailbox that has just been connected. */
async function connectedMailbox(size: number, limits: Partial<Quota>): Promise<Connected> {
  const time = newTime();
  const { origin } = await google({
    demoMessages: size,
    clock: () => time.now,
    quota: { profile, latencyMs: 0, ...limits },
  });
  return connectMailbox(origin, time);
}

/** So many others list the mailbox, each at once again when the answer has come: really, not in simulated time. */
function startListeners({ origin, accessToken, wrong }: Connected, count: number) {
  const mailbox = createMailboxOpener({ rootUrl: `${origin}/` })(accessToken);
  let isOver = false;
  let answers = 0;
  const listers = Array.from({ length: count }, async () => {
    while (!isOver) {
      await mailbox.listMessages({ maxResults: 20 }).catch((error: unknown) => wrong.push(error));
      answers += 1;
    }
  });
  /** @returns how many answers came */
  const stop = async () => {
    isOver = true;
    await Promise.all(listers);
    return answers;
  };
  return { stop };
}

/** Each message with its labels, in an order of its own. */
function labelled(messages: Iterable<Pick<TrueMessage, 'id' | 'labelIds'>>): string[] {
  return [...messages].map(({ id, labelIds }) => `${id} ${labelIds.toSorted().join(' ')}`).sort();
}

const sizes = { aligned: 5_000, shifted: 5_000, sliding: 20_000 } as const;

describe('under the local Google, which enforces its quotas', () => {
  test.for(['aligned', 'shifted', 'sliding'] as const)(
    'in %s minutes, a backfill takes what is inevitable, and copies it all, while somebody lists the mailbox',
    async (window) => {
      const size = sizes[window];
      const mailbox = await connectedMailbox(size, { window });
      const truth = await truthOf(mailbox);
      startSync(mailbox);
      const listing = startListing(mailbox);

      const minutes = await minutesOfBackfill(mailbox);

      const { body: usage } = await admin(mailbox.origin, 'GET', 'usage');
      expect(usage['refusals']).toEqual({});
      expect(mailbox.wrong).toEqual([]);
      expect(truth).toHaveLength(size);
      expect(labelled(mailbox.tables.copyOf(mailbox.key).messages.values())).toEqual(labelled(truth));

      const perMinute = quotaOf({ profile }).unitsPerUserMinute * (1 - reserve);
      const inevitable = Math.ceil(cheapestUnits(truth) / perMinute);
      expect(minutes).toBeLessThanOrEqual(1.1 * inevitable);

      const unitsOfSync = Number(usage['units']) - listing.answers * prices['messages.list'];
      const oneByOne = size * prices['messages.get'];
      expect(unitsOfSync).toBeGreaterThanOrEqual(cheapestUnits(truth));
      expect(unitsOfSync).toBeLessThan(oneByOne);
      expect(minutes).toBeLessThan(Math.ceil(oneByOne / perMinute));
      expect(listing.answers).toBeGreaterThanOrEqual((minutes * minute) / betweenListings);
    },
  );
});

describe('under the local Google, which limits how many calls of a user are under way at once', () => {
  const size = 1_000;
  const unlimited = { unitsPerUserMinute: 1e9, unitsPerProjectMinute: 1e9, unitsPerProjectDay: null };

  /** Backfills while others list without a pause; what was refused, and whether the copy is right. */
  async function backfillBeside(others: number, limits: Partial<Quota>) {
    const mailbox = await connectedMailbox(size, { ...unlimited, ...limits });
    const truth = await truthOf(mailbox);
    // In no simulated time, so that what the sync has under way at once really is.
    startSync(mailbox, [0, 0]);
    const listers = startListeners(mailbox, others);
    const minutes = await minutesOfBackfill(mailbox);
    const answers = await listers.stop();
    const { body: usage } = await admin(mailbox.origin, 'GET', 'usage');
    const { messages, failed } = mailbox.tables.copyOf(mailbox.key);
    expect(labelled(messages.values())).toEqual(labelled(truth));
    expect(failed.size).toBe(0);
    const { wrong, batches } = mailbox;
    return { minutes, refusals: usage['refusals'], wrong, batches, answers };
  }

  test('a backfill takes one of the ten places, and leaves nine to others', async () => {
    // So slow that nearly all of the nine are under way at any moment.
    const limits = { concurrentPerUser: 10, latencyMs: 30 };
    const { refusals, wrong, answers, minutes } = await backfillBeside(9, limits);
    expect(refusals).toEqual({});
    expect(wrong).toEqual([]);
    expect(answers).toBeGreaterThan(100);
    expect(minutes).toBeLessThanOrEqual(4);
  });

  test('where the parts of a batch are calls at once, it makes its batches small enough, and copies it all', async () => {
    const limit = 8;
    const limits = { concurrentPerUser: limit, partsAtOnce: 50, latencyMs: 3 };
    const { refusals, wrong, batches, minutes } = await backfillBeside(0, limits);
    expect(Object.keys(refusals ?? {})).toEqual(['tooManyConcurrentRequests']);
    expect(new Set(wrong.map((entry) => JSON.stringify(entry)))).toHaveProperty('size', 1);
    expect(wrong[0]).toMatchObject({ event: 'job ended early', code: 'rate_limited' });
    expect(Math.max(...batches)).toBeGreaterThan(2 * limit);
    // It feels its way up again, and no more than one in three goes beyond.
    expect(batches.filter((parts) => parts > limit).length).toBeLessThan(batches.length / 3);
    // A job that was refused is followed by a wait of a minute and up to half of it more.
    expect(minutes).toBeLessThanOrEqual(1.5 * 20);
  });
});
