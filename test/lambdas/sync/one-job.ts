import type { Change } from '../../../lambdas/changes/change.ts';
import type { FeedWriter } from '../../../lambdas/changes/feed.ts';
import type { CopyStore } from '../../../lambdas/copied-message.ts';
import { quotaProfiles } from '../../../lambdas/google/quota-prices.ts';
import type { LiveUnitsReader } from '../../../lambdas/sync/job/live-share.ts';
import type { SyncGmail } from '../../../lambdas/sync/job/sync-gmail.ts';
import type { MailboxState, MailboxStore } from '../../../lambdas/sync/mailbox/mailbox-state.ts';
import { type JobRun, runJob } from '../../../lambdas/sync/run-job.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { unreadFeed } from '../../support/doubles/memory-feed.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { FaultPlan } from '../../sync-model/fault-plan.ts';
import { LambdaProcess } from '../../sync-model/lambda-process.ts';
import { MemoryTables } from '../../sync-model/memory-stores.ts';
import { ModelMailbox } from '../../sync-model/model-mailbox.ts';
import { VirtualTime } from '../../sync-model/virtual-time.ts';
import { mailbox as key, stateOf } from './memory-mailboxes.ts';

export const quota = quotaProfiles['2026'];
export const pace = { minute: 60_000, poll: 60_000, quietPoll: 300_000, verifyEvery: 604_800_000 };
export const claim = { jobId: 'job', units: 5_700, claimedAt: testStart };

/** A mailbox of so many messages, with its tables, and a job that is to work on it. */
export function open(messages: number, changes: Partial<MailboxState> = {}, listPage = 100) {
  const mailbox = new ModelMailbox({ listPage, historyPage: 500, emptyPages: 0, dates: 'arrival' });
  const before = mailbox.historyId;
  for (let number = 0; number < messages; number += 1) mailbox.arrive(['INBOX']);
  const tables = new MemoryTables();
  tables.set(stateOf({ historyId: before, copied: 0, claim, ...changes }));
  const faults = new FaultPlan();
  const clock = testClock();
  const fetches: number[] = [];
  const writes: string[] = [];
  /** Until when the dispatcher must admit nothing. */
  const slowed: number[] = [];
  /** The types of announced changes. */
  const announced: string[] = [];
  const gmail: SyncGmail = {
    getProfile: async () => mailbox.profile(),
    listMessages: async (query) => mailbox.listMessages(query),
    listHistory: async (query) => mailbox.listHistory(query),
    listLabels: async () => mailbox.labels(),
    fetch: async (requests) => {
      fetches.push(requests.length);
      return requests.map((request) => mailbox.fetch(request));
    },
  };
  return {
    mailbox,
    tables,
    faults,
    clock,
    fetches,
    writes,
    slowed,
    announced,
    gmail,
    rows: tables.copyOf(key).messages,
  };
}

export interface Differences {
  readonly run?: Partial<JobRun>;
  readonly gmail?: Partial<SyncGmail>;
  readonly copy?: Partial<CopyStore>;
  readonly mailboxes?: (whole: MailboxStore) => Partial<MailboxStore>;
  readonly openGmail?: () => Promise<SyncGmail>;
  readonly random?: () => number;
  readonly live?: LiveUnitsReader;
  readonly sleep?: (milliseconds: number) => Promise<void>;
  /** The feed in use, where announcements are to be kept. */
  readonly feed?: (whole: FeedWriter) => FeedWriter;
}

/** Runs the job, or a part of it: `died` if its worker was killed. */
export async function run(opened: ReturnType<typeof open>, differences: Differences = {}) {
  const { tables, faults, clock, gmail, writes, slowed, announced } = opened;
  const log = recordingLog();
  const process = new LambdaProcess(new VirtualTime(testStart), faults, 0);
  const { mailboxes, copy, feed } = tables.open(process);
  const unkept = {
    ...unreadFeed.changes.feed,
    append: async ({ type }: Change) => void announced.push(type),
  };
  const watched: MailboxStore = {
    ...mailboxes,
    saveProgress: (mailbox, jobId, progress) => {
      writes.push(`save ${Object.keys(progress).join(' ')}`);
      return mailboxes.saveProgress(mailbox, jobId, progress);
    },
  };
  const running = runJob(
    { kind: 'sync', ...key, jobId: claim.jobId },
    { endsAt: clock() + 60_000, ...differences.run },
    {
      mailboxes: { ...watched, ...differences.mailboxes?.(watched) },
      copy: {
        ...copy,
        putAbsent: (mailbox, messages) => {
          writes.push(`put ${messages.length}`);
          return copy.putAbsent(mailbox, messages);
        },
        delete: (mailbox, ids) => {
          writes.push(`delete ${ids.length}`);
          return copy.delete(mailbox, ids);
        },
        ...differences.copy,
      },
      openGmail: differences.openGmail ?? (async () => ({ ...gmail, ...differences.gmail })),
      quota,
      ...unreadFeed,
      changes: { ...unreadFeed.changes, feed: differences.feed?.(feed) ?? unkept },
      findGrant: async () => ({ owner: 'tenant-1' }),
      random: differences.random ?? (() => 0),
      usage: { slowDown: async (until) => void slowed.push(until) },
      ...(differences.live && { live: differences.live }),
      pace,
      log,
      clock,
      sleep: differences.sleep ?? (async (milliseconds) => clock.pass(milliseconds)),
    },
  );
  const ending = await Promise.race([running.then(() => 'ended' as const), process.died]);
  const state = tables.states.get(key.accountId);
  if (state === undefined) throw new Error('The mailbox is gone.');
  return { ending: ending === 'killed' ? 'died' : ending, state, log };
}

/** Runs the next job, so much later. */
export async function next(
  opened: ReturnType<typeof open>,
  later: number,
  differences: Differences = {},
  changes: Partial<MailboxState> = {},
) {
  const before = opened.tables.states.get(key.accountId);
  opened.clock.pass(later);
  opened.tables.set({ ...stateOf(), ...before, claim, spends: [], ...changes });
  return (await run(opened, differences)).state;
}
