import { describe, expect, test } from 'vitest';
import { type CopiedMessage, padHistoryId } from '../../../../lambdas/copied-message.ts';
import { Problem } from '../../../../lambdas/errors.ts';
import { quotaProfiles } from '../../../../lambdas/google/quota-prices.ts';
import type { FetchAnswer, SyncGmail } from '../../../../lambdas/sync/job/sync-gmail.ts';
import type {
  MailboxState,
  Progress,
  VerifyFindings,
} from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { runJob } from '../../../../lambdas/sync/run-job.ts';
import { testClock, testStart } from '../../../support/doubles/clock.ts';
import { unreadFeed } from '../../../support/doubles/memory-feed.ts';
import { recordingLog } from '../../../support/doubles/recording-log.ts';
import { FaultPlan } from '../../../sync-model/fault-plan.ts';
import { LambdaProcess } from '../../../sync-model/lambda-process.ts';
import { MemoryTables } from '../../../sync-model/memory-stores.ts';
import { ModelMailbox } from '../../../sync-model/model-mailbox.ts';
import { VirtualTime } from '../../../sync-model/virtual-time.ts';
import { mailbox as key, stateOf } from '../memory-mailboxes.ts';

const pace = { minute: 60_000, poll: 60_000, quietPoll: 300_000, verifyEvery: 604_800_000 };
const nothing: VerifyFindings = { missing: [], extra: [], mislabelled: [] };

/** What of a comparison is not as usual. */
interface Circumstances {
  /** It goes by groups of IDs, as where lists are not in the order of dates. */
  readonly by?: 'ids' | undefined;
  /** Why it is made; it was asked for, if undefined. */
  readonly because?: 'schedule';
  /** Messages that the list of a label, or of all messages, leaves out. */
  readonly omits?: (id: string, labelId: string | undefined) => boolean;
  readonly group?: number;
  /** Units of each job. */
  readonly units?: number;
  /** Milliseconds of a page that is read of the copy. */
  readonly pageTakes?: number;
  /** Happens before that call, counting the calls of its kind from 1 on. */
  readonly before?: Readonly<Record<string, () => void>>;
  /** What that call throws, or answers, in place of its answer. */
  readonly instead?: Readonly<Record<string, Problem | 'refused' | 'repeated' | readonly FetchAnswer[]>>;
}

/** A mailbox of so many messages, every third of them starred, and a copy of it that is right. */
function open(count: number, order: 'newest' | 'any' = 'newest') {
  const mailbox = new ModelMailbox({ listPage: 5, historyPage: 100, emptyPages: 0, dates: 'arrival', order });
  for (let number = 1; number <= count; number += 1) {
    mailbox.arrive(number % 3 === 0 ? ['INBOX', 'STARRED'] : ['INBOX']);
  }
  const tables = new MemoryTables();
  const rows = tables.copyOf(key).messages;
  for (const [id, message] of mailbox.expected()) rows.set(id, message);
  tables.set(stateOf({ historyId: mailbox.historyId, copied: count, verifyRequestedAt: testStart }));
  const ids = [...rows.keys()];
  return {
    mailbox,
    tables,
    rows,
    /** The ID of a message by its number, from 1 on. */
    id: (number: number) => ids[number - 1] ?? '',
    spoil: (id: string, changes: Partial<CopiedMessage>) => {
      const row = rows.get(id);
      if (row !== undefined) rows.set(id, { ...row, ...changes });
    },
  };
}

type Opened = ReturnType<typeof open>;

/** Runs one job after the other until the comparison has ended. */
async function compare({ mailbox, tables }: Opened, circumstances: Circumstances = {}) {
  const { by, because, omits = () => false, before, instead } = circumstances;
  const { group = 10_000, units = 100_000, pageTakes = 0 } = circumstances;
  const asked = tables.states.get(key.accountId);
  if (asked !== undefined) {
    const verify = { startedAt: testStart, because: because ?? 'requested', by, found: nothing } as const;
    tables.set({ ...asked, verify, verifyRequestedAt: undefined });
  }
  const clock = testClock();
  const calls: string[] = [];
  const saved: Progress[] = [];
  let fetched = 0;
  const states: MailboxState[] = [];
  /** What there is in place of the answer of this call. */
  const begin = (kind: string) => {
    calls.push(kind);
    const name = `${kind} ${calls.filter((called) => called === kind).length}`;
    before?.[name]?.();
    const other = instead?.[name];
    if (other instanceof Problem) throw other;
    return other;
  };
  const gmail: SyncGmail = {
    getProfile: async () => {
      begin('profile');
      return mailbox.profile();
    },
    listMessages: async (query) => {
      const other = begin(`list ${query.labelId ?? 'all'}`);
      const page = other === 'refused' ? 'refused' : mailbox.listMessages(query);
      if (page === 'refused') return page;
      const messages = page.messages.filter(({ id }) => !omits(id, query.labelId));
      return { ...page, messages, ...(other === 'repeated' && { nextPageToken: query.pageToken }) };
    },
    listHistory: async (query) => (begin('history') === 'refused' ? 'refused' : mailbox.listHistory(query)),
    listLabels: async () => {
      begin('labels');
      return mailbox.labels();
    },
    fetch: async (requests) => {
      const other = begin('fetch');
      fetched += requests.length;
      return typeof other === 'object' ? other : requests.map((request) => mailbox.fetch(request));
    },
  };
  const { mailboxes, copy } = tables.open(new LambdaProcess(new VirtualTime(testStart), new FaultPlan(), 0));
  let pages = 0;
  for (let jobs = 1; jobs <= 200; jobs += 1) {
    const claim = { jobId: `job ${jobs}`, units, claimedAt: clock() };
    const state = tables.states.get(key.accountId);
    if (state === undefined) throw new Error('The mailbox is gone.');
    tables.set({ ...state, claim, spends: [] });
    await runJob(
      { kind: 'sync', ...key, jobId: claim.jobId },
      { endsAt: clock() + 60_000 },
      {
        mailboxes: {
          ...mailboxes,
          saveProgress: (mailbox, jobId, progress) => {
            if (!('spends' in progress)) saved.push(progress);
            return mailboxes.saveProgress(mailbox, jobId, progress);
          },
        },
        copy: {
          ...copy,
          scanByDate: async function* (...query) {
            for await (const page of copy.scanByDate(...query)) {
              clock.pass(pageTakes);
              yield page;
            }
          },
          scan: async function* (...query) {
            for await (const page of copy.scan(...query)) {
              clock.pass(pageTakes);
              pages += 1;
              yield page;
            }
          },
        },
        openGmail: async () => gmail,
        quota: { ...quotaProfiles['2026'], unitsPerUserMinute: 1_000_000 },
        ...unreadFeed,
        pace,
        verifyGroup: group,
        log: recordingLog(),
        clock,
        sleep: async () => {},
      },
    );
    const after = tables.states.get(key.accountId);
    if (after !== undefined) states.push(after);
    if (after?.verify === undefined && after?.lastVerify !== undefined) {
      const { missing, extra, mislabelled } = after.lastVerify;
      return { found: { missing, extra, mislabelled }, jobs, calls, fetched, pages, saved, states };
    }
    clock.pass(pace.minute);
  }
  throw new Error('The comparison does not end.');
}

/** A message of the copy that Gmail does not have, beside this one. */
function addStrange({ rows, mailbox, id }: Opened, number: number): string {
  const strange = `${id(number)}-strange`;
  const [message] = mailbox.expected().values();
  if (message !== undefined) rows.set(strange, { ...message, id: strange, threadId: strange });
  return strange;
}

/** Whether the copy holds what the mailbox holds, labels included. */
function expectEqual({ mailbox, rows }: Opened): void {
  const labelsOf = (messages: ReadonlyMap<string, CopiedMessage>) =>
    new Map([...messages].sort().map(([id, { labelIds }]) => [id, labelIds.toSorted()]));
  expect(labelsOf(rows)).toEqual(labelsOf(mailbox.expected()));
}

/** A history ID that is newer than that of any message. */
const newest = padHistoryId('999999');

describe('what is wrong with a copy', () => {
  test('is recorded exactly, and repaired: what is absent, extra or mislabelled', async () => {
    const opened = open(20);
    const { id, rows, spoil } = opened;
    rows.delete(id(4));
    spoil(id(5), { labelIds: ['INBOX', 'STARRED'] });
    spoil(id(6), { labelIds: ['INBOX'] });
    const strange = addStrange(opened, 7);
    const { found } = await compare(opened);
    expect(found).toEqual({ missing: [id(4)], extra: [strange], mislabelled: [id(6), id(5)] });
    expectEqual(opened);
  });

  test('is repaired, however many batches it takes', async () => {
    const opened = open(200);
    for (let number = 1; number <= 80; number += 1) {
      opened.rows.delete(opened.id(number));
      opened.spoil(opened.id(number + 80), { labelIds: [] });
      addStrange(opened, number + 100);
    }
    const { found } = await compare(opened);
    expect(found).toMatchObject({
      missing: { length: 80 },
      extra: { length: 80 },
      mislabelled: { length: 80 },
    });
    expectEqual(opened);
  });

  test('is repaired though the row claims to be newer than Gmail’s message', async () => {
    const opened = open(10);
    const { id, spoil } = opened;
    spoil(id(3), { labelIds: ['INBOX'], historyId: newest });
    spoil(id(4), { labelIds: ['STARRED'], historyId: newest });
    const { found } = await compare(opened);
    expect(found.mislabelled.toSorted()).toEqual([id(3), id(4)]);
    expect(opened.rows.get(id(3))).toEqual(opened.mailbox.expected().get(id(3)));
    expectEqual(opened);
  });

  test('is not what only the list of Gmail says: a newer row stays that the message does not contradict', async () => {
    const opened = open(10);
    const { id, mailbox, rows, spoil } = opened;
    spoil(id(4), { historyId: newest });
    // Starred when the list is made, and no more when the message is fetched.
    const { found } = await compare(opened, {
      before: {
        'list STARRED 1': () => mailbox.relabel([id(4)], ['STARRED'], []),
        'fetch 1': () => mailbox.relabel([id(4)], [], ['STARRED']),
      },
    });
    expect(found).toEqual(nothing);
    expect(rows.get(id(4))?.historyId).toBe(newest);
  });

  test('is not what Gmail said when the list was made, if the history knows better', async () => {
    const opened = open(10);
    const { id, mailbox, rows } = opened;
    const old: FetchAnswer[] = [];
    // An answer that comes late, as Gmail's servers do not all know of a change at once.
    const { found } = await compare(opened, {
      before: {
        'list STARRED 1': () => {
          mailbox.relabel([id(3)], [], ['STARRED']);
          old.push(mailbox.fetch({ kind: 'message', id: id(3) }));
        },
        'history 2': () => mailbox.relabel([id(3)], ['STARRED'], []),
      },
      instead: { 'fetch 1': old },
    });
    expect(found).toEqual(nothing);
    expect(rows.get(id(3))).toEqual(mailbox.expected().get(id(3)));
  });

  test('is not that a message could not be copied, even if a thread brings it now', async () => {
    const opened = open(10);
    const { mailbox, rows, tables, id } = opened;
    const thread = [1, 2, 3].map(() => mailbox.arrive(['INBOX'], id(1)));
    tables.set({ ...stateOf(), verifyRequestedAt: testStart, historyId: mailbox.historyId });
    const [first = ''] = thread;
    const failure = { reason: 'unreadable', attempts: 1, nextAttemptAt: testStart + 86_400_000 };
    for (const failed of [first, id(9)]) tables.copyOf(key).failed.set(failed, { ...failure, id: failed });
    rows.delete(id(1));
    rows.delete(id(9));
    const { found, fetched } = await compare(opened);
    expect(found).toEqual({ ...nothing, missing: [id(1), ...thread.slice(1)] });
    expect(fetched).toBe(1);
    expect(rows.has(first)).toBe(true);
    expect(rows.has(id(9))).toBe(false);
  });

  test('is a label too that Gmail does not have any more', async () => {
    const opened = open(10);
    const { id, spoil } = opened;
    spoil(id(4), { labelIds: ['INBOX', 'Label_gone'] });
    const { found } = await compare(opened);
    expect(found).toEqual({ ...nothing, mislabelled: [id(4)] });
    expectEqual(opened);
  });

  test('has the messages counted anew, because a worker may have died before it counted', async () => {
    const { states } = await compare(open(10));
    expect(states.at(-1)?.recountAt).toBeDefined();
  });

  test('is not counted any more if it is extra', async () => {
    const opened = open(10);
    addStrange(opened, 3);
    addStrange(opened, 4);
    opened.tables.set({
      ...stateOf(),
      verifyRequestedAt: testStart,
      copied: 12,
      historyId: opened.mailbox.historyId,
    });
    const { states } = await compare(opened);
    expect(states.at(-1)?.copied).toBe(10);
  });
});

describe('a message that Gmail does not find', () => {
  test('is deleted only when a later job does not find it either', async () => {
    const opened = open(20);
    const strange = addStrange(opened, 7);
    const { found, jobs, states, fetched } = await compare(opened);
    expect(jobs).toBe(2);
    expect(states[0]?.verify).toMatchObject({ doubted: { ids: strange }, isCompared: true });
    // Once in each job, though it is extra in the set of all and in its label.
    expect(fetched).toBe(2);
    expect(found).toEqual({ ...nothing, extra: [strange] });
    expectEqual(opened);
  });

  test('stays when a later job finds it: the list and the answer were only early', async () => {
    const opened = open(20);
    const { id, mailbox, rows } = opened;
    const { listMessages } = mailbox;
    mailbox.listMessages = (query) => {
      const page = listMessages.call(mailbox, query);
      if (page === 'refused') return page;
      return { ...page, messages: page.messages.filter((message) => message.id !== id(7)) };
    };
    const { found, jobs } = await compare(opened, { instead: { 'fetch 1': [{ kind: 'gone' }] } });
    expect(jobs).toBe(2);
    expect(found).toEqual(nothing);
    expect(rows.has(id(7))).toBe(true);
    expectEqual(opened);
  });

  test('is asked for before more are doubted than a row can hold', async () => {
    const opened = open(1_030);
    for (let number = 1; number <= 1_030; number += 1) addStrange(opened, number);
    const { found, states } = await compare(opened);
    const doubted = states.map(({ verify }) => verify?.doubted?.ids.split(' ').length ?? 0);
    expect(Math.max(...doubted)).toBeLessThan(1_060);
    expect(found.extra).toHaveLength(1_000);
    expectEqual(opened);
  });
});

describe.each([undefined, 'ids'] as const)('messages that a list leaves out (%s)', (by) => {
  /** As lists of Google Chat's messages do. */
  const omits = (id: string, labelId: string | undefined) => labelId === 'STARRED' && id !== '';

  test('are fetched by one comparison and then left alone, until they change', async () => {
    const opened = open(12);
    const weekly = { by, because: 'schedule', omits } as const;
    expect(await compare(opened, weekly)).toMatchObject({ found: nothing, fetched: 4 });
    expect(await compare(opened, weekly)).toMatchObject({ found: nothing, fetched: 0 });
    opened.mailbox.relabel([opened.id(3)], ['UNREAD'], []);
    expect(await compare(opened, weekly)).toMatchObject({ found: nothing, fetched: 1 });
    expect(await compare(opened, weekly)).toMatchObject({ found: nothing, fetched: 0 });
    expectEqual(opened);
  });

  test('are left alone though the list of all messages leaves them out', async () => {
    const opened = open(12);
    const fromAll = (id: string, labelId: string | undefined) =>
      labelId === undefined && opened.mailbox.messages.get(id)?.labels.has('STARRED') === true;
    const weekly = { by, because: 'schedule', omits: fromAll } as const;
    expect(await compare(opened, weekly)).toMatchObject({ found: nothing, fetched: 4 });
    expect(await compare(opened, weekly)).toMatchObject({ found: nothing, fetched: 0 });
    opened.mailbox.delete(opened.id(3));
    expect(await compare(opened, weekly)).toMatchObject({ found: nothing, fetched: 0 });
    expectEqual(opened);
  });

  test('are fetched by a comparison that is asked for, and after a lost history', async () => {
    const opened = open(12);
    await compare(opened, { by, because: 'schedule', omits });
    expect(await compare(opened, { by: by ?? undefined, omits })).toMatchObject({ fetched: 4 });
    opened.mailbox.relabel([opened.id(3)], [], ['STARRED']);
    opened.mailbox.forgetHistory();
    const { found } = await compare(opened, { by, because: 'schedule', omits });
    expect(found.mislabelled).toEqual([opened.id(3)]);
    expectEqual(opened);
  });
});

describe('a comparison in the order of dates', () => {
  test('lists each label once, and fetches nothing where nothing differs', async () => {
    const { calls, fetched, jobs } = await compare(open(60));
    expect(jobs).toBe(1);
    expect(fetched).toBe(0);
    const lists = Object.entries(Object.groupBy(calls, (call) => call)).map(
      ([call, made]) => [call, made?.length] as const,
    );
    expect(lists.filter(([call]) => call.startsWith('list'))).toEqual([
      ['list all', 12],
      ['list INBOX', 12],
      ...['Label_1', 'Label_2', 'SENT', 'SPAM'].map((label) => [`list ${label}`, 1]),
      ['list STARRED', 4],
      ...['TRASH', 'UNREAD'].map((label) => [`list ${label}`, 1]),
    ]);
  });

  test('continues across jobs within a list, and writes no more than waits on one side', async () => {
    const opened = open(60);
    const { id, rows, spoil } = opened;
    for (const number of [7, 8, 50]) rows.delete(id(number));
    spoil(id(29), { labelIds: ['INBOX', 'STARRED'], historyId: newest });
    const { found, jobs, calls, states } = await compare(opened, { units: 52, group: 40 });
    expect({ ...found, missing: found.missing.toSorted() }).toEqual({
      ...nothing,
      missing: [7, 8, 50].map(id),
      mislabelled: [id(29)],
    });
    expect(jobs).toBeGreaterThan(5);
    expect(calls.filter((call) => call === 'list all')).toHaveLength(12);
    for (const { verify } of states) {
      expect(verify?.walk?.unread.split(' ').length ?? 0).toBeLessThanOrEqual(10);
      expect(verify?.walk?.unlisted.split(' ').length ?? 0).toBeLessThanOrEqual(20);
    }
    expectEqual(opened);
  });

  test('is given up for groups of IDs where lists are in another order', async () => {
    const opened = open(60, 'any');
    const { id, rows, spoil } = opened;
    rows.delete(id(4));
    spoil(id(5), { labelIds: ['INBOX', 'STARRED'] });
    const strange = addStrange(opened, 7);
    const { found, saved, fetched } = await compare(opened, { group: 20 });
    expect(saved.some(({ verify }) => verify?.by === 'ids')).toBe(true);
    // The one that is gone twice.
    expect(fetched).toBe(4);
    expect(found).toEqual({ missing: [id(4)], extra: [strange], mislabelled: [id(5)] });
    expectEqual(opened);
  });

  test('needs no groups of IDs where lists are only a little out of order', async () => {
    const opened = open(60);
    const { mailbox } = opened;
    const { listMessages } = mailbox;
    mailbox.listMessages = (query) => {
      const page = listMessages.call(mailbox, query);
      return page === 'refused' ? page : { ...page, messages: page.messages.toReversed() };
    };
    const { found, saved, fetched } = await compare(opened, { group: 20 });
    expect(saved.some(({ verify }) => verify?.by === 'ids')).toBe(false);
    expect([found, fetched]).toEqual([nothing, 0]);
  });
});

describe('what happens while a comparison runs is not named', () => {
  test('an arrival', async () => {
    const opened = open(20);
    const { mailbox } = opened;
    const { found, fetched } = await compare(opened, {
      before: { 'list all 2': () => mailbox.arrive(['INBOX', 'STARRED']) },
    });
    expect(found).toEqual(nothing);
    // Once, since the history contained it.
    expect(fetched).toBe(1);
    expectEqual(opened);
  });

  test('a label that goes or comes, for which nothing is fetched', async () => {
    const opened = open(20);
    const { id, mailbox } = opened;
    const { found, fetched } = await compare(opened, {
      before: {
        'list STARRED 1': () => {
          mailbox.relabel([id(18)], [], ['STARRED']);
          mailbox.relabel([id(1)], ['STARRED'], []);
        },
      },
    });
    expect(found).toEqual(nothing);
    expect(fetched).toBe(0);
    expectEqual(opened);
  });

  test('a label that goes after an earlier job had listed the message', async () => {
    const opened = open(20);
    const { id, mailbox } = opened;
    const { found, jobs } = await compare(opened, {
      before: { 'list STARRED 2': () => mailbox.relabel([id(3)], [], ['STARRED']) },
      instead: { 'list STARRED 2': new Problem('google_unavailable') },
    });
    expect(jobs).toBe(2);
    expect(found).toEqual(nothing);
    expectEqual(opened);
  });

  test('a label that changes between the history and the fetch, though it repairs the row', async () => {
    const opened = open(20);
    const { id, mailbox, spoil } = opened;
    spoil(id(4), { labelIds: ['INBOX', 'STARRED'] });
    const { found } = await compare(opened, {
      before: { 'fetch 1': () => mailbox.relabel([id(4)], ['Label_1'], []) },
    });
    expect(found).toEqual(nothing);
    expectEqual(opened);
  });

  test('a deletion, for which nothing is fetched', async () => {
    const opened = open(20);
    const { id, mailbox } = opened;
    const { found, fetched } = await compare(opened, {
      before: { 'list all 2': () => mailbox.delete(id(18)) },
    });
    expect(found).toEqual(nothing);
    expect(fetched).toBe(0);
    expectEqual(opened);
  });

  test('a deletion between the history and the fetch', async () => {
    const opened = open(20);
    const { id, mailbox, spoil } = opened;
    spoil(id(4), { labelIds: ['INBOX', 'STARRED'] });
    const { found } = await compare(opened, { before: { 'fetch 1': () => mailbox.delete(id(4)) } });
    expect(found).toEqual(nothing);
    expectEqual(opened);
  });
});

describe('a comparison in groups', () => {
  test('takes a group after the other, the messages at their ends included', async () => {
    const opened = open(50);
    const { id, rows, spoil } = opened;
    for (let number = 1; number <= 50; number += 1) spoil(id(number), { labelIds: ['Label_1'] });
    for (const number of [7, 8, 50]) rows.delete(id(number));
    const { found } = await compare(opened, { by: 'ids', group: 7 });
    expect(found).toMatchObject({ missing: [id(7), id(8), id(50)], mislabelled: { length: 47 } });
    expectEqual(opened);
  });

  test('of which the last has just as many messages as the others needs no other', async () => {
    const { calls } = await compare(open(14), { by: 'ids', group: 7 });
    expect(calls.filter((call) => call === 'list STARRED')).toHaveLength(2);
  });

  test('continues across jobs: the same group, with the label and the page of its list where it stopped', async () => {
    const opened = open(60);
    const { id, spoil } = opened;
    spoil(id(15), { labelIds: ['Label_1'] });
    spoil(id(29), { labelIds: ['INBOX', 'STARRED'], historyId: newest });
    // A job ends in the midst of a list, and what arrives meanwhile belongs to a later group.
    const circumstances = {
      by: 'ids' as const,
      group: 14,
      units: 60,
      before: { 'history 4': () => opened.mailbox.arrive([]) },
    };
    const { found, jobs, states } = await compare(opened, circumstances);
    expect(found).toEqual({ ...nothing, mislabelled: [id(15), id(29)] });
    expect(jobs).toBeGreaterThan(10);
    const listings = states.flatMap(({ verify }) => (verify?.listing === undefined ? [] : [verify]));
    expect(new Set(listings.map(({ group }) => group?.upTo))).toEqual(
      new Set([id(14), id(28), id(42), id(56), undefined]),
    );
    expectEqual(opened);
  });

  test('makes a group smaller of which the copy lacks much, so that no row grows beyond bounds', async () => {
    const opened = open(100);
    const { id, rows } = opened;
    for (let number = 2; number <= 90; number += 1) rows.delete(id(number));
    const { found, states, fetched } = await compare(opened, { by: 'ids', group: 10, units: 300 });
    expect(found.missing).toHaveLength(89);
    expect(fetched).toBe(89);
    expect(new Set(found.missing).size).toBe(89);
    const listings = states.map(({ verify }) => verify?.listing?.ids.split(' ').length ?? 0);
    expect(Math.max(...listings)).toBeGreaterThan(5);
    expect(Math.max(...listings)).toBeLessThanOrEqual(12);
    expectEqual(opened);
  });

  test('reads no more of the copy than its group, however often it continues', async () => {
    const opened = open(200);
    opened.tables.scanPageSize = 10;
    const { pages, jobs } = await compare(opened, { by: 'ids', group: 100, units: 500 });
    expect(jobs).toBeGreaterThan(2);
    expect(pages).toBeLessThanOrEqual(11 * (jobs + 1));
  });

  test('does not begin a group that the job has no time to read', async () => {
    const opened = open(100);
    opened.tables.scanPageSize = 10;
    // A job has 48 seconds: the second group must wait for the next.
    const { found, jobs, states } = await compare(opened, { by: 'ids', group: 50, pageTakes: 6_000 });
    expect(found).toEqual(nothing);
    expect(jobs).toBe(2);
    expect(states[0]?.verify).toMatchObject({ after: opened.id(50) });
    expect(states[0]?.verify).not.toHaveProperty('group.upTo');
  });

  test('drops the list of a label that is gone meanwhile, and continues with the next', async () => {
    const opened = open(20);
    const { id, mailbox, spoil } = opened;
    spoil(id(4), { labelIds: ['INBOX', 'Label_2'] });
    const labels = mailbox.labels();
    // 36 units: nothing but the list of all and a page of INBOX fit.
    let jobs = 0;
    mailbox.labels = () => {
      jobs += 1;
      return jobs > 1 ? labels.filter(({ id: label }) => label !== 'INBOX') : labels;
    };
    const before = { 'history 2': () => mailbox.relabel([...mailbox.messages.keys()], [], ['INBOX']) };
    const { found, calls, states } = await compare(opened, { by: 'ids', units: 36, before });
    expect(states[0]?.verify).toMatchObject({ labelId: 'INBOX', listing: { pageToken: /^INBOX/ } });
    expect(calls.filter((call) => call === 'list INBOX')).toHaveLength(2);
    expect(calls.filter((call) => call === 'list Label_1')).toHaveLength(1);
    expect(calls.filter((call) => call === 'list all')).toHaveLength(4);
    expect(found.mislabelled).toEqual([id(4)]);
  });
});

describe('a comparison that is cut off', () => {
  test('by the end of its units records what it has repaired, once, and does not list it again', async () => {
    const opened = open(30);
    for (let number = 1; number <= 30; number += 1) opened.spoil(opened.id(number), { labelIds: ['INBOX'] });
    const { found, jobs, calls } = await compare(opened, { units: 100 });
    expect(found.mislabelled).toHaveLength(10);
    expect(jobs).toBeGreaterThan(2);
    // Two pages, each of them once.
    expect(calls.filter((call) => call === 'list STARRED')).toHaveLength(2);
    expectEqual(opened);
  });

  test('writes its list down at the end of a job alone, and not with each repair', async () => {
    const opened = open(30);
    for (let number = 1; number <= 30; number += 1) opened.rows.delete(opened.id(number));
    const { saved, states } = await compare(opened, { units: 100 });
    expect(states.some(({ verify }) => verify?.walk !== undefined)).toBe(true);
    expect(saved.filter(({ verify }) => verify?.walk !== undefined)).toEqual([]);
  });

  test('looks at nothing twice that was listed and is no more', async () => {
    const opened = open(30);
    const { id, mailbox } = opened;
    const { listMessages } = mailbox;
    // Gmail lists some that do not have the label.
    mailbox.listMessages = (query) => {
      const page = listMessages.call(mailbox, query);
      if (query.labelId !== 'STARRED' || page === 'refused') return page;
      const others = [1, 2, 4, 5, 7].map((number) => ({ id: id(number), threadId: id(number) }));
      return { ...page, messages: [...page.messages, ...(query.pageToken === undefined ? others : [])] };
    };
    const before = new Map(opened.rows);
    const { found, fetched } = await compare(opened, { units: 60 });
    expect(found).toEqual(nothing);
    expect(fetched).toBe(5);
    // No row is written, and so nothing is announced, where the message is as the copy has it.
    for (const [message, row] of before) expect(opened.rows.get(message)).toBe(row);
    expectEqual(opened);
  });

  test('deletes what is gone, few at a time where a job pays for few', async () => {
    const opened = open(30);
    for (let number = 1; number <= 30; number += 1) addStrange(opened, number);
    const { found, jobs } = await compare(opened, { units: 100 });
    expect(found.extra).toHaveLength(30);
    expect(jobs).toBeGreaterThan(7);
    expectEqual(opened);
  });

  test('by a time that Google names keeps to it, and to what it has repaired and listed', async () => {
    const opened = open(30);
    for (let number = 1; number <= 30; number += 1) opened.rows.delete(opened.id(number));
    const problem = new Problem('rate_limited', { retryAfterSeconds: 50 });
    const { found, states, calls } = await compare(opened, {
      instead: { 'list all 3': problem, 'fetch 2': problem },
    });
    expect(states[0]).toMatchObject({ waitsFor: 'rate_limited', notBefore: testStart + 50_000 });
    expect(states[0]?.verify?.walk?.unread.split(' ')).toHaveLength(10);
    expect(states[1]).toMatchObject({ waitsFor: 'rate_limited' });
    expect(states[1]?.verify?.found.missing).toHaveLength(10);
    expect(found.missing).toHaveLength(30);
    // Six pages, of which one was asked for twice.
    expect(calls.filter((call) => call === 'list all')).toHaveLength(7);
  });

  test('by a refused page token begins that list again', async () => {
    const { found, calls, jobs, states } = await compare(open(20), {
      instead: { 'list all 3': new Problem('google_unavailable'), 'list all 4': 'refused' },
    });
    expect(found).toEqual(nothing);
    expect(jobs).toBe(3);
    // Each failed job lets the next one wait longer.
    expect(states[1]).toMatchObject({ lastError: { code: 'google_error' }, quietPolls: 2 });
    expect(calls.filter((call) => call === 'list all')).toHaveLength(8);
  });

  test('by a page token that Gmail repeats begins that list again', async () => {
    const { found, calls, states } = await compare(open(20), { instead: { 'list all 3': 'repeated' } });
    expect(found).toEqual(nothing);
    expect(states[0]).toMatchObject({ lastError: { code: 'google_error' }, verify: { walk: undefined } });
    expect(calls.filter((call) => call === 'list all')).toHaveLength(7);
  });

  test('by a history that Gmail refuses to go on with names nothing before it is followed', async () => {
    const opened = open(20);
    const { id, mailbox } = opened;
    const { found, jobs } = await compare(opened, {
      before: { 'list all 2': () => mailbox.delete(id(18)) },
      instead: { 'history 2': 'refused' },
    });
    expect(found).toEqual(nothing);
    expect(jobs).toBe(2);
    expectEqual(opened);
  });

  test.each([
    ['before anything is fetched', 'history 2'],
    ['before what is gone is deleted', 'history 3'],
  ])('by a history that has expired %s begins anew, and forgets no name', async (_, call) => {
    const opened = open(20);
    const { id, mailbox, rows } = opened;
    rows.delete(id(4));
    const strange = addStrange(opened, 7);
    let arrived = '';
    const { found, jobs } = await compare(opened, {
      before: {
        [call]: () => {
          arrived = mailbox.arrive([]);
          mailbox.delete(id(18));
          mailbox.relabel([id(9)], ['Label_1'], []);
          mailbox.forgetHistory();
        },
      },
    });
    // The second asks once more for what Gmail did not find.
    expect(jobs).toBe(2);
    // What could not be known any more was really wrong.
    expect(found.missing.toSorted()).toEqual([id(4), arrived]);
    expect(found.extra.toSorted()).toEqual([id(18), strange].sort());
    expect(found.mislabelled).toEqual([id(9)]);
    expectEqual(opened);
  });
});
