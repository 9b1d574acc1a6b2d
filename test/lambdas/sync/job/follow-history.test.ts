import { describe, expect, test } from 'vitest';
import { Problem } from '../../../../lambdas/errors.ts';
import type { HistoryRecord, SyncGmail } from '../../../../lambdas/sync/job/sync-gmail.ts';
import type { MailboxState } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { testStart } from '../../../support/doubles/clock.ts';
import { mailbox as key, stateOf } from '../memory-mailboxes.ts';
import { claim, open, pace, run } from '../one-job.ts';

const none = { added: [], deleted: [], labelsAdded: [], labelsRemoved: [] };

/** A mailbox whose messages are all in the copy, up to the history ID that it has now. */
function inStep(messages: number) {
  const opened = open(messages);
  const { mailbox, rows } = opened;
  for (const [id, message] of mailbox.expected()) rows.set(id, message);
  follow(opened, mailbox.historyId);
  return opened;
}

/** The next job is to begin here. */
function follow({ tables, rows }: ReturnType<typeof open>, historyId: string): void {
  tables.set(stateOf({ historyId, copied: rows.size, claim }));
}

/** Gmail's history is made of these pages, whatever happened. */
function pagesOf({ mailbox }: ReturnType<typeof open>, pages: readonly (readonly HistoryRecord[])[]) {
  const listHistory: SyncGmail['listHistory'] = async ({ pageToken = '0' }) => {
    const next = Number(pageToken) + 1;
    const more = next < pages.length ? { nextPageToken: `${next}` } : {};
    return { records: pages[next - 1] ?? [], ...more, historyId: mailbox.historyId };
  };
  return { gmail: { listHistory } };
}

const labelsOf = ({ rows }: ReturnType<typeof open>) => [...rows.values()].map(({ labelIds }) => labelIds);

describe('the records of a page of history', () => {
  test('count in their order: a message that is deleted and added again stays', async () => {
    const opened = inStep(2);
    const [id = ''] = opened.rows.keys();
    opened.mailbox.restore(id);
    const { state } = await run(opened);
    expect(labelsOf(opened)).toEqual([['INBOX', 'STARRED'], ['INBOX']]);
    expect(state).toMatchObject({ copied: 2, historyId: opened.mailbox.historyId });
  });

  test.each<[string, (records: readonly HistoryRecord[]) => (readonly HistoryRecord[])[]]>([
    ['in one page', (records) => [records]],
    ['on two pages', (records) => records.map((record) => [record])],
    [
      'with an empty page between',
      ([added, deleted]) => [added, undefined, deleted].map((one) => [one ?? []].flat()),
    ],
  ])('count though they are listed the other way round, %s: the message stays', async (_, paged) => {
    const opened = inStep(2);
    const [id = ''] = opened.rows.keys();
    const before = opened.mailbox.historyId;
    opened.mailbox.restore(id);
    opened.mailbox.swapLastRecords();
    const page = opened.mailbox.listHistory({ start: before });
    if (typeof page === 'string') throw new Error(page);
    const { state } = await run(opened, pagesOf(opened, paged(page.records)));
    expect(labelsOf(opened)).toEqual([['INBOX', 'STARRED'], ['INBOX']]);
    expect(state).toMatchObject({ copied: 2, historyId: opened.mailbox.historyId });
  });

  test('that a later run reads again change nothing where the row already shows them', async () => {
    const opened = inStep(1);
    const before = opened.mailbox.historyId;
    const [id = ''] = opened.rows.keys();
    opened.mailbox.restore(id);
    await run(opened);
    follow(opened, before);
    opened.fetches.length = 0;
    opened.writes.length = 0;
    await run(opened);
    expect([opened.fetches, opened.writes]).toEqual([[], ['save historyId copied failed']]);
  });

  test.each([
    ['in one page', (records: readonly HistoryRecord[]) => [records]],
    ['on two pages', (records: readonly HistoryRecord[]) => records.map((record) => [record])],
  ])('both count where two of them share an ID, %s', async (_, paged) => {
    const opened = inStep(1);
    const [id = ''] = opened.rows.keys();
    const historyId = `${Number(opened.mailbox.historyId) + 1}`;
    const records = [
      { ...none, historyId, labelsAdded: [{ id, labelIds: ['STARRED'] }] },
      { ...none, historyId, labelsRemoved: [{ id, labelIds: ['INBOX'] }] },
    ];
    await run(opened, pagesOf(opened, paged(records)));
    expect(labelsOf(opened)).toEqual([['STARRED']]);
  });

  test.each([
    ['in one page', (records: readonly HistoryRecord[]) => [records]],
    ['on two pages', (records: readonly HistoryRecord[]) => records.map((record) => [record])],
    [
      'with an empty page between',
      (records: readonly HistoryRecord[]) => [records.slice(0, 1), [], records.slice(1)],
    ],
  ])('that are out of order, %s, have the message fetched again', async (_, paged) => {
    const opened = inStep(1);
    const { mailbox } = opened;
    const [id = ''] = opened.rows.keys();
    mailbox.relabel([id], ['STARRED'], []);
    const added = mailbox.historyId;
    mailbox.relabel([id], [], ['INBOX']);
    const records = [
      { ...none, historyId: mailbox.historyId, labelsRemoved: [{ id, labelIds: ['INBOX'] }] },
      { ...none, historyId: added, labelsAdded: [{ id, labelIds: ['STARRED'] }] },
    ];
    await run(opened, pagesOf(opened, paged(records)));
    expect(labelsOf(opened)).toEqual([['STARRED']]);
  });
});

test('a job that ends between two pages leaves the cursor before the last ID: the next page may go on with it', async () => {
  const opened = inStep(2);
  const { mailbox, faults } = opened;
  const [first = '', second = ''] = opened.rows.keys();
  const start = Number(mailbox.historyId);
  const record = (id: string, later: number) => ({
    ...none,
    historyId: `${start + later}`,
    labelsAdded: [{ id, labelIds: ['STARRED'] }],
  });
  const pages = pagesOf(opened, [[record(first, 1), record(first, 2)], [record(second, 2)]]);
  faults.armWrite({ write: 'updateLabels', skip: 1, when: 'before', effect: 'kill' });
  const { ending, state } = await run(opened, pages);
  expect([ending, state.historyId]).toEqual(['died', `${start + 1}`]);
  expect(state.toldSince).toBe(testStart);
  expect(opened.tables.copyOf(key).messages.get(first)?.labelIds).toContain('STARRED');
});

describe('a message that history names, and that Gmail does not have yet', () => {
  /** Runs the next job, so much later. */
  async function next(opened: ReturnType<typeof open>, later: number) {
    const before = opened.tables.states.get(key.accountId);
    opened.clock.pass(later);
    opened.tables.set({ ...stateOf(), ...before, claim, spends: [] });
    return (await run(opened)).state;
  }

  function announced() {
    const opened = inStep(1);
    const id = opened.mailbox.arrive(['INBOX']);
    opened.mailbox.hide(id);
    return { ...opened, id };
  }

  test('is asked for again seconds later, in the same job', async () => {
    const opened = announced();
    const { fetch } = opened.gmail;
    const times: number[] = [];
    const gmail: Partial<SyncGmail> = {
      fetch: async (requests) => {
        times.push(opened.clock() - testStart);
        const answers = await fetch(requests);
        opened.mailbox.show(opened.id);
        return answers;
      },
    };
    const { state } = await run(opened, { gmail });
    expect(times).toEqual([0, 3_000]);
    expect(state).toMatchObject({ copied: 2, failed: 0 });
  });

  test('is asked for minutes later, too, and stays until then what it is: not there yet', async () => {
    const opened = announced();
    await run(opened);
    const [failed] = opened.tables.copyOf(key).failed.values();
    expect(failed).toMatchObject({ reason: 'not there yet', nextAttemptAt: opened.clock() + pace.minute });
    expect(await next(opened, 4 * pace.minute)).toMatchObject({ copied: 1, failed: 1 });
    opened.mailbox.show(opened.id);
    expect(await next(opened, 4 * pace.minute)).toMatchObject({ copied: 2, failed: 0 });
  });

  test('counts as gone after the fifth answer, and a row of it is deleted then', async () => {
    const opened = inStep(1);
    const [id = ''] = opened.rows.keys();
    opened.mailbox.restore(id);
    opened.mailbox.hide(id);
    expect((await run(opened)).state).toMatchObject({ copied: 1, failed: 1 });
    for (const later of [1, 2]) {
      expect(await next(opened, later * pace.minute)).toMatchObject({ copied: 1, failed: 1 });
    }
    expect(await next(opened, 4 * pace.minute)).toMatchObject({ copied: 0, failed: 0 });
    expect(opened.fetches).toHaveLength(5);
  });

  test('does not have its page fetched again: what is left of it comes next', async () => {
    const opened = inStep(0);
    const { mailbox, tables } = opened;
    for (let number = 0; number < 4; number += 1) mailbox.hide(mailbox.arrive(['INBOX']));
    const small = { ...claim, units: 62 };
    tables.set(stateOf({ historyId: '1000', claim: small }));
    await run(opened);
    tables.set({ ...stateOf(), ...tables.states.get(key.accountId), claim: small, spends: [] });
    const { state } = await run(opened);
    expect(state.historyId).toBe(mailbox.historyId);
  });
});

test('messages that an odd record names are fetched, be they in the copy or not', async () => {
  const opened = inStep(1);
  const { mailbox } = opened;
  const [id = ''] = opened.rows.keys();
  mailbox.relabel([id], ['STARRED'], []);
  const added = mailbox.arrive(['INBOX']);
  const { historyId } = mailbox;
  await run(opened, pagesOf(opened, [[{ ...none, historyId, unclear: [id, added] }]]));
  expect(labelsOf(opened)).toEqual([['INBOX', 'STARRED'], ['INBOX']]);
});

test('a page that is too large for an answer is asked for in smaller parts', async () => {
  const opened = inStep(1);
  const { mailbox } = opened;
  const [id = ''] = opened.rows.keys();
  mailbox.relabel([id], ['STARRED'], []);
  const asked: (number | undefined)[] = [];
  const listHistory: SyncGmail['listHistory'] = async (query) => {
    asked.push(query.maxResults);
    return (query.maxResults ?? 500) > 20 ? 'too large' : opened.gmail.listHistory(query);
  };
  const { state } = await run(opened, { gmail: { listHistory } });
  expect(asked).toEqual([undefined, 100, 20]);
  expect(state).toMatchObject({ historyId: mailbox.historyId, lastError: undefined });
});

describe('a history that Gmail does not give', () => {
  const listHistory = () => Promise.reject(new Problem('google_error'));

  async function jobs(count: number, gmail: Partial<SyncGmail>) {
    const opened = inStep(1);
    opened.mailbox.relabel([...opened.rows.keys()], ['STARRED'], []);
    const states: MailboxState[] = [];
    for (let number = 0; number < count; number += 1) {
      opened.tables.set({ ...stateOf(), ...opened.tables.states.get(key.accountId), claim, spends: [] });
      states.push((await run(opened, { gmail })).state);
      opened.clock.pass(pace.minute);
    }
    return { opened, states };
  }

  test('is made up for by a comparison after the fifth job that failed', async () => {
    const { opened, states } = await jobs(6, { listHistory });
    expect(states.slice(0, 5).every(({ verify }) => verify === undefined)).toBe(true);
    const verify = { because: 'history_expired' };
    expect(states.at(-1)).toMatchObject({ verify, historyId: opened.mailbox.historyId });
  });

  test('begins no comparison while Gmail is down', async () => {
    const getProfile = () => Promise.reject(new Problem('google_unavailable'));
    const { states } = await jobs(8, { listHistory, getProfile });
    expect(states.every(({ verify }) => verify === undefined)).toBe(true);
  });
});

describe('a backfill whose page token Gmail does not take', () => {
  const backfilling = { phase: 'backfill', dueClass: 'more', pageToken: '|stale' } as const;

  test.each([
    ['which it refuses', async () => 'refused' as const],
    ['for which it fails', () => Promise.reject(new Problem('google_unavailable'))],
  ])('%s, lists from the start, once a job', async (_, answer) => {
    const opened = open(250, backfilling);
    let calls = 0;
    const listMessages: SyncGmail['listMessages'] = async (query) => {
      calls += 1;
      return query.pageToken === undefined ? opened.gmail.listMessages(query) : answer();
    };
    const { state } = await run(opened, { gmail: { listMessages } });
    expect(calls).toBeLessThanOrEqual(5);
    expect(state).toMatchObject({ phase: 'backfill', lastError: { code: 'google_error' } });
    expect(state.pageToken).toBeUndefined();
  });

  test('keeps it while Gmail is down', async () => {
    const opened = open(250, backfilling);
    const listMessages = () => Promise.reject(new Problem('google_unavailable'));
    expect((await run(opened, { gmail: { listMessages } })).state.pageToken).toBe('|stale');
  });
});
