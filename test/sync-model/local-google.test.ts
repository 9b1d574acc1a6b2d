import { describe, expect, test } from 'vitest';
import { prices as pricesByProfile, type Quota, quotaOf } from '../../infra/local/google/quota.ts';
import { createMailboxOpener } from '../../lambdas/google/gmail.ts';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { createSyncGmailOpener } from '../../lambdas/google/sync-gmail.ts';
import type { Logger } from '../../lambdas/log.ts';
import { newMailboxState } from '../../lambdas/sync/connect.ts';
import { dispatch } from '../../lambdas/sync/dispatch.ts';
import { runJob } from '../../lambdas/sync/run-job.ts';
import type { SyncGmail } from '../../lambdas/sync/sync-gmail.ts';
import type { SyncMessage } from '../../lambdas/sync/sync-queue.ts';
import { admin, connect, google, list } from '../infra/local/google/support.ts';
import { unheard } from '../support/doubles/memory-feed.ts';
import { Chance } from './chance.ts';
import { FaultPlan } from './fault-plan.ts';
import { LambdaProcess } from './lambda-process.ts';
import { MemoryQueue } from './memory-queue.ts';
import { MemoryTables } from './memory-stores.ts';
import { VirtualTime } from './virtual-time.ts';

const profile = '2026';
const quota = quotaProfiles[profile];
/** What the local Google charges: its own list, not the one that the sync goes by. */
const prices = pricesByProfile[profile];
const minute = 60_000;
const pace = { minute, poll: minute, quietPoll: 5 * minute, verifyEvery: 7 * 24 * 60 * minute };
/** A minute's edge, some years from now. */
const beginning = Date.UTC(2027, 0, 1);

/** The share of a quota that is left to interactive calls. */
const reserve = 0.05;
/** Milliseconds between somebody's interactive listings. */
const betweenListings = 5_000;
/** Milliseconds of one call, at least and at most. */
const latency = [150, 900] as const;
/** Milliseconds between the tick and the dispatcher, and between queue and worker, at the most. */
const startDelay = 2_500;

const account = 'ada@example.com';

/** The local Google on a simulated clock, with one mailbox that has just been connected. */
async function connectedMailbox(size: number, limits: Partial<Quota>) {
  const time = new VirtualTime(beginning);
  const { origin } = await google({
    demoMessages: size,
    clock: () => time.now,
    quota: { profile, latencyMs: 0, ...limits },
  });
  const { accessToken, claims } = await connect(origin, { login_hint: account });
  const key = { accountId: String(claims['sub']), generation: 'one' };
  const tables = new MemoryTables();
  tables.set(newMailboxState(key, time.now, quota));
  /** What goes wrong on the way, as it comes. */
  const wrong: unknown[] = [];
  /** How many parts each batch had. */
  const batches: number[] = [];
  return { time, origin, accessToken, key, tables, wrong, batches };
}

type Connected = Awaited<ReturnType<typeof connectedMailbox>>;

/** A call over HTTP, which takes its time on the simulated clock, half before Google has it and half after. */
function slowly(gmail: SyncGmail, time: VirtualTime, latencyOf: () => number): SyncGmail {
  const take = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    const milliseconds = latencyOf();
    const pass = async (share: number) => {
      if (share > 0) await time.sleep(share);
    };
    await pass(Math.floor(milliseconds / 2));
    try {
      return await time.during(call());
    } finally {
      await pass(Math.ceil(milliseconds / 2));
    }
  };
  return {
    getProfile: () => take(() => gmail.getProfile()),
    listMessages: (query) => take(() => gmail.listMessages(query)),
    listHistory: (query) => take(() => gmail.listHistory(query)),
    listLabels: () => take(() => gmail.listLabels()),
    fetch: (requests) => take(() => gmail.fetch(requests)),
  };
}

/** Keeps how many parts each batch had. */
function counting(gmail: SyncGmail, batches: number[]): SyncGmail {
  const fetch: SyncGmail['fetch'] = (requests) => {
    batches.push(requests.length);
    return gmail.fetch(requests);
  };
  return { ...gmail, fetch };
}

/** Scheduler, dispatcher, queue and worker. */
function startSync(
  { time, origin, accessToken, tables, wrong, batches }: Connected,
  latencies: readonly [number, number] = latency,
): void {
  const report = (entry: unknown) => wrong.push(entry);
  const log: Logger = { info: () => {}, warn: report, error: report };
  const chance = new Chance(1);
  const faults = new FaultPlan();
  const openGmail = createSyncGmailOpener({ rootUrl: `${origin}/`, clock: () => time.now });
  const start = async () => {
    await time.sleep(chance.between(0, startDelay));
    return new LambdaProcess(time, faults, 0);
  };
  const work = async (message: SyncMessage) => {
    if (message.kind !== 'sync') throw new Error('Nothing was disconnected.');
    const { mailboxes, copy } = tables.open(await start());
    const endsAt = time.now + minute;
    const run = runJob(
      message,
      { endsAt },
      {
        mailboxes,
        copy,
        openGmail: async () =>
          counting(
            slowly(openGmail(accessToken), time, () => chance.between(...latencies)),
            batches,
          ),
        quota,
        ...unheard,
        pace,
        log,
        clock: () => time.now,
        sleep: time.sleep,
      },
    );
    await run.catch(report);
    if (time.now > endsAt) report('a job that did not end in time');
    return true;
  };
  const queue = new MemoryQueue({ time, faults, work, concurrency: 1 });
  const tick = async (scheduledAt: number) => {
    time.at(scheduledAt + minute, () => void tick(scheduledAt + minute));
    const process = await start();
    const { mailboxes, usage } = tables.open(process);
    const stores = { mailboxes, usage, queue: queue.open(process) };
    await dispatch(scheduledAt, { ...stores, quota, pace, log }).catch(report);
  };
  time.at(time.now, () => void tick(time.now));
}

/** Somebody lists the mailbox again and again, through the part of the product that does. */
function startListing({ time, origin, accessToken, wrong }: Connected): { readonly answers: number } {
  const mailbox = createMailboxOpener({ rootUrl: `${origin}/`, clock: () => time.now })(accessToken);
  const listing = { answers: 0 };
  const answered = () => {
    listing.answers += 1;
  };
  const listOnce = () => {
    time.at(time.now + betweenListings, listOnce);
    const answer = time.during(mailbox.listMessages({ maxResults: 20 }));
    void answer.then(answered, (error: unknown) => wrong.push(error));
  };
  time.at(time.now, listOnce);
  return listing;
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

/** Lets minutes pass until the backfill is done. */
async function minutesOfBackfill({ time, tables, key }: Connected): Promise<number> {
  for (let minutes = 0; minutes < 600; minutes += 1) {
    if (tables.states.get(key.accountId)?.phase === 'live') return minutes;
    await time.runUntil(time.now + minute);
  }
  throw new Error('It takes more than ten hours.');
}

interface TrueMessage {
  readonly id: string;
  readonly threadId: string;
  readonly labelIds: readonly string[];
}

/** What the local Google says is in the mailbox, Spam and Trash too. */
async function truthOf({ origin }: Connected): Promise<TrueMessage[]> {
  const { body } = await admin(origin, 'GET', `accounts/${account}/messages?includeSpamTrash=true`);
  return list(body['messages']).map(({ id, threadId, labelIds }) => ({
    id: String(id),
    threadId: String(threadId),
    labelIds: list(labelIds).map(String),
  }));
}

/** Each message with its labels, in an order of its own. */
function labelled(messages: Iterable<Pick<TrueMessage, 'id' | 'labelIds'>>): string[] {
  return [...messages].map(({ id, labelIds }) => `${id} ${labelIds.toSorted().join(' ')}`).sort();
}

/** Units of the cheapest way to list and fetch all of it. */
function cheapestUnits(messages: readonly TrueMessage[]): number {
  const threads = Map.groupBy(messages, ({ threadId }) => threadId).values();
  const fetches = threads.map(({ length }) =>
    Math.min(length * prices['messages.get'], prices['threads.get']),
  );
  const pages = Math.ceil(messages.length / 500);
  return pages * prices['messages.list'] + fetches.reduce((sum, units) => sum + units, 0);
}

const sizes = { aligned: 5_000, shifted: 5_000, sliding: 20_000 } as const;

describe('under the local Google, which enforces its quotas', () => {
  test.for(['aligned', 'shifted', 'sliding'] as const)(
    'in %s minutes, a backfill takes what is inevitable, and copies it all, while somebody lists the mailbox',
    { timeout: 60_000 },
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
    expect(minutes).toBeLessThanOrEqual(20);
  });
});
