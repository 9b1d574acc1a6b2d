import { prices as pricesByProfile } from '../../infra/local/google/quota.ts';
import { createMailboxOpener } from '../../lambdas/google/gmail.ts';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { createSyncGmailOpener } from '../../lambdas/google/sync-gmail.ts';
import type { Logger } from '../../lambdas/log.ts';
import { dispatch } from '../../lambdas/sync/dispatch/dispatch.ts';
import type { SyncGmail } from '../../lambdas/sync/job/sync-gmail.ts';
import { newMailboxState } from '../../lambdas/sync/mailbox/connect.ts';
import type { SyncMessage } from '../../lambdas/sync/mailbox/sync-queue.ts';
import { runJob } from '../../lambdas/sync/run-job.ts';
import { admin, connect, list } from '../infra/local/google/support.ts';
import { unreadFeed } from '../support/doubles/memory-feed.ts';
import { Chance } from './chance.ts';
import { FaultPlan } from './fault-plan.ts';
import { LambdaProcess } from './lambda-process.ts';
import { MemoryQueue, type ReceivedMessage } from './memory-queue.ts';
import { MemoryTables } from './memory-stores.ts';
import { VirtualTime } from './virtual-time.ts';

export const profile = '2026';
const quota = quotaProfiles[profile];
/** What the local Google charges: its own list, not the one that the sync goes by. */
export const prices = pricesByProfile[profile];
export const minute = 60_000;
const pace = { minute, poll: minute, quietPoll: 5 * minute, verifyEvery: 7 * 24 * 60 * minute };
/** A minute's edge, some years from now. */
const beginning = Date.UTC(2027, 0, 1);

/** Milliseconds between somebody's interactive listings. */
export const betweenListings = 5_000;
/** Milliseconds of one call, at least and at most. */
const latency = [150, 900] as const;
/** Milliseconds between the tick and the dispatcher, and between queue and worker, at the most. */
const startDelay = 2_500;

const account = 'ada@example.com';

/** The clock of a backfill; the local Google must have it too. */
export function newTime(): VirtualTime {
  return new VirtualTime(beginning);
}

/** A mailbox of the local Google that has just been connected. */
export async function connectMailbox(origin: string, time: VirtualTime) {
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

/** A mailbox under way. */
export type Connected = Awaited<ReturnType<typeof connectMailbox>>;

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
export function startSync(
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
        ...unreadFeed,
        pace,
        log,
        clock: () => time.now,
        sleep: time.sleep,
      },
    );
    await run.catch(report);
    if (time.now > endsAt) report('a job that did not end in time');
  };
  const workAlone = async ([received]: readonly ReceivedMessage[]) => {
    if (received !== undefined) await work(received.message);
    return new Set<string>();
  };
  const queue = new MemoryQueue({ time, faults, work: workAlone, concurrency: 1 });
  const tick = async (scheduledAt: number) => {
    time.at(scheduledAt + minute, () => void tick(scheduledAt + minute));
    const process = await start();
    const { mailboxes, usage } = tables.open(process);
    const stores = { mailboxes, usage, queue: queue.open(process) };
    await dispatch(scheduledAt, { ...stores, quota, pace, log, clock: () => time.now }).catch(report);
  };
  time.at(time.now, () => void tick(time.now));
}

/** Somebody lists the mailbox again and again, through the part of the product that does. */
export function startListing({ time, origin, accessToken, wrong }: Connected): { readonly answers: number } {
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

/** Lets minutes pass until the backfill is done. */
export async function minutesOfBackfill({ time, tables, key }: Connected): Promise<number> {
  for (let minutes = 0; minutes < 600; minutes += 1) {
    if (tables.states.get(key.accountId)?.phase === 'live') return minutes;
    await time.runUntil(time.now + minute);
  }
  throw new Error('It takes more than ten hours.');
}

/** A message as the local Google has it. */
export interface TrueMessage {
  readonly id: string;
  readonly threadId: string;
  readonly labelIds: readonly string[];
}

/** What the local Google says is in the mailbox, Spam and Trash too. */
export async function truthOf({ origin }: Connected): Promise<TrueMessage[]> {
  const { body } = await admin(origin, 'GET', `accounts/${account}/messages?includeSpamTrash=true`);
  return list(body['messages']).map(({ id, threadId, labelIds }) => ({
    id: String(id),
    threadId: String(threadId),
    labelIds: list(labelIds).map(String),
  }));
}

/** Units of the cheapest way to list and fetch all of it. */
export function cheapestUnits(messages: readonly TrueMessage[]): number {
  const threads = Map.groupBy(messages, ({ threadId }) => threadId).values();
  const fetches = threads.map(({ length }) =>
    Math.min(length * prices['messages.get'], prices['threads.get']),
  );
  const pages = Math.ceil(messages.length / 500);
  return pages * prices['messages.list'] + fetches.reduce((sum, units) => sum + units, 0);
}
