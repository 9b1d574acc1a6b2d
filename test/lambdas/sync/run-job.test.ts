import { describe, expect, test } from 'vitest';
import type { CopyStore } from '../../../lambdas/copied-message.ts';
import { Problem, type ProblemCode } from '../../../lambdas/errors.ts';
import type { SyncGmail } from '../../../lambdas/sync/job/sync-gmail.ts';
import { connectMailbox } from '../../../lambdas/sync/mailbox/connect.ts';
import type { MailboxState, MailboxStore } from '../../../lambdas/sync/mailbox/mailbox-state.ts';
import { startVerify } from '../../../lambdas/sync/mailbox/start-verify.ts';
import type { JobRun } from '../../../lambdas/sync/run-job.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { FaultPlan } from '../../sync-model/fault-plan.ts';
import { LambdaProcess } from '../../sync-model/lambda-process.ts';
import { VirtualTime } from '../../sync-model/virtual-time.ts';
import { mailbox as key, stateOf } from './memory-mailboxes.ts';
import { claim, open, pace, quota, run } from './one-job.ts';

const day = 86_400_000;

/** The page, of an answer that is one. */
async function pageOf<Page extends object>(answer: Promise<Page | string>): Promise<Page> {
  const page = await answer;
  if (typeof page === 'string') throw new Error(`The answer was ${page}.`);
  return page;
}

describe('a job whose grant is too small', () => {
  const poll = (units: number) => ({ wants: 42, claim: { ...claim, units } });

  test('is due at once, and asks for what it found, and room for a message or two', async () => {
    const opened = open(7, poll(42));
    opened.clock.pass(3_000);
    const { state } = await run(opened);
    expect(state).toMatchObject({ copied: 2, wants: 42 + 5 * 20, nextDueAt: testStart + 3_000 });
    expect(state).toMatchObject({ dueClass: 'changes', claim: undefined });
  });

  test('has found out what there is, though it paid for the history alone', async () => {
    const { state } = await run(open(3, poll(2)));
    expect(state).toMatchObject({ copied: 0, wants: 42 + 3 * 20 });
  });

  test('asks for no more than the mailbox may have in a minute', async () => {
    const { state } = await run(open(400, poll(42)));
    expect(state.wants).toBe(5_700);
  });

  test('waits for its own minute, if that is full', async () => {
    const spends = [{ at: testStart, units: 5_690, mark: 'counted' as const }];
    const { state } = await run(open(7, { ...poll(200), spends }));
    expect(state).toMatchObject({ wants: 42 + 7 * 20, nextDueAt: testStart + pace.minute });
  });

  test.each([
    [100, 1 + 5 * (1 * 5 + 30)],
    [20_000, 1 + 5 * (40 * 5 + 30)],
    [1_000_000, 5_700],
  ])('asks for a comparison of %d messages by their number', async (copied, wants) => {
    const verify = startVerify('requested', testStart);
    const { state } = await run(open(0, { ...poll(4), verify, copied }));
    expect(state).toMatchObject({ wants, nextDueAt: testStart + pace.minute });
  });
});

describe('a grant that is dead when a job comes', () => {
  const refuse = (code: ProblemCode) => () => Promise.reject(new Problem(code));

  /** A job that finds Gmail refusing, and then, when it looks once more, what `again` says. */
  function job(code: ProblemCode, again: () => Promise<unknown>, refusedBy: 'opening' | 'a call' = 'a call') {
    const opened = open(0);
    let looks = 0;
    const openGmail = async () => {
      looks += 1;
      if (looks > 1) await again();
      else if (refusedBy === 'opening') await refuse(code)();
      return { ...opened.gmail, listHistory: refuse(code) };
    };
    return { opened, differences: { openGmail }, looks: () => looks };
  }

  /** The user consents: the grant is stored by then. */
  const consent = ({ tables, clock }: ReturnType<typeof open>) => {
    const { mailboxes } = tables.open(new LambdaProcess(new VirtualTime(testStart), new FaultPlan(), 0));
    const nothing = async () => {};
    return connectMailbox(key, { mailboxes, eraseCopy: nothing, enqueueConnected: nothing, quota, clock });
  };

  test.each([
    'login_required',
    'grant_revoked',
    'grant_unreadable',
    'client_changed',
    'insufficient_scope',
    'domain_policy',
    'gmail_not_enabled',
  ] as const)('pauses the mailbox: %s', async (code) => {
    const { opened, differences } = job(code, refuse(code));
    const { state } = await run(opened, differences);
    expect(state).toMatchObject({ phase: 'paused', pausedBecause: code });
    expect(state).not.toHaveProperty('claim.jobId');
  });

  test('pauses it for no longer than until a consent that came just before the pause was written', async () => {
    const { opened, differences } = job('grant_revoked', async () => {});
    const mailboxes = (whole: MailboxStore) => ({
      finish: async (...end: Parameters<MailboxStore['finish']>) => {
        await consent(opened);
        return whole.finish(...end);
      },
    });
    const { state } = await run(opened, { ...differences, mailboxes });
    expect(state).toMatchObject({ phase: 'live', nextDueAt: testStart, pausedBecause: undefined });
  });

  test('pauses it for no longer than until a consent that came after the job had looked again', async () => {
    const { opened, differences } = job('grant_revoked', refuse('grant_revoked'));
    await run(opened, differences);
    await consent(opened);
    expect(opened.tables.states.get(key.accountId)).toMatchObject({ phase: 'live', nextDueAt: testStart });
  });

  test('is looked at by the next job if it cannot be said now', async () => {
    const { opened, differences } = job('grant_revoked', refuse('google_unavailable'));
    expect((await run(opened, differences)).state).toMatchObject({ phase: 'live' });
  });

  test('is no more if what the opening asks for was consented to meanwhile', async () => {
    const { opened, differences } = job('insufficient_scope', async () => {}, 'opening');
    expect((await run(opened, differences)).state).toMatchObject({ phase: 'live' });
  });

  test('is not looked at again where Gmail refuses what the grant seems to allow', async () => {
    const { opened, differences, looks } = job('domain_policy', async () => {});
    const { state } = await run(opened, differences);
    expect(state).toMatchObject({ phase: 'paused', pausedBecause: 'domain_policy' });
    expect(looks()).toBe(1);
  });
});

describe('units', () => {
  const counted = { at: testStart - 1_000, units: 5_000, mark: 'counted' as const };
  const reserved = { at: testStart, units: 5_700, mark: 'reserved' as const };

  test('of the trailing minute are kept to, and the job’s own reservation is not taken for spent', async () => {
    const opened = open(40, { spends: [counted, reserved] });
    const { state } = await run(opened);
    // 700 are left: one page of history and a batch of 25 leave 198, which is 9 messages.
    expect(opened.fetches).toEqual([25, 9]);
    const granted = { at: testStart, units: 5_700, mark: 'granted' };
    expect(state.spends).toEqual([counted, { at: testStart, units: 682 }, granted]);
  });

  test('that earlier deliveries of the message may have spent are counted at their grant', async () => {
    const opened = open(0, { spends: [reserved] });
    opened.clock.pass(6 * pace.minute);
    const { state } = await run(opened, { run: { delivery: 3 } });
    expect(state.spends).toEqual([
      { at: testStart + 6 * pace.minute, units: 2 },
      { at: testStart, units: 2 * 5_700 },
      { at: testStart, units: 5_700, mark: 'granted' },
    ]);
  });

  test('that earlier deliveries may have spent stand in the row before anybody is called: this one may die, too', async () => {
    const opened = open(0, { spends: [counted, reserved], nextDueAt: testStart + 15 * pace.minute });
    const rows: unknown[] = [];
    const openGmail = async () => {
      const { spends, nextDueAt } = opened.tables.states.get(key.accountId) ?? {};
      rows.push({ spends, nextDueAt });
      return opened.gmail;
    };
    opened.faults.armWrite({ write: 'finish', skip: 0, when: 'before', effect: 'kill' });
    expect(await run(opened, { openGmail, run: { delivery: 2 } })).toMatchObject({ ending: 'died' });
    await run(opened, { openGmail, run: { delivery: 3 } });
    // Each time at another due time: no dispatcher that read the earlier row gets the mailbox.
    expect(rows).toEqual([
      {
        spends: [counted, reserved, { at: testStart, units: 5_700 }],
        nextDueAt: testStart + 15 * pace.minute + 1,
      },
      {
        spends: [counted, reserved, { at: testStart, units: 2 * 5_700 }],
        nextDueAt: testStart + 15 * pace.minute + 2,
      },
    ]);
  });

  test('that died with their workers stay written when a redrive counts deliveries anew', async () => {
    const died = { at: testStart, units: 4 * 5_700 };
    const opened = open(0, { spends: [reserved, died] });
    opened.faults.armWrite({ write: 'finish', skip: 0, when: 'before', effect: 'kill' });
    const { state } = await run(opened, { run: { delivery: 1 } });
    expect(state.spends).toEqual([reserved, { at: testStart, units: 5 * 5_700 }]);
  });

  test('are not spent by a job whose claim was lost before they could be written', async () => {
    const opened = open(0, { spends: [reserved] });
    const openGmail = () => Promise.reject(new Error('It may not be opened.'));
    const mailboxes = () => ({ saveProgress: async () => false });
    const { ending, state } = await run(opened, { openGmail, mailboxes, run: { delivery: 2 } });
    expect([ending, state.spends]).toEqual(['ended', [reserved]]);
    expect(state.lastError).toBeUndefined();
  });
});

describe('a poll at the longest wait', () => {
  const granted = { ...claim, units: 42 };
  const reserved = { at: testStart, units: 42, mark: 'reserved' as const };
  const claimed = {
    claim: granted,
    spends: [reserved],
    quietPolls: 9,
    nextDueAt: testStart + pace.quietPoll,
    quietPoll: { claimedAt: testStart - pace.quietPoll, at: testStart - pace.quietPoll, units: 2 },
  };
  const shown = ({ nextDueAt, dueClass, wants, spends }: MailboxState) => ({
    nextDueAt,
    dueClass,
    wants,
    spends,
  });

  test('that finds nothing leaves what the index of due mailboxes shows, and stores the rest beside', async () => {
    const opened = open(0, claimed);
    const before = opened.tables.states.get(key.accountId);
    opened.clock.pass(3_000);
    const { state } = await run(opened);
    expect(before && shown(state)).toEqual(before && shown(before));
    expect(state.quietPoll).toEqual({ claimedAt: testStart, at: testStart + 3_000, units: 2 });
    expect(state).toMatchObject({ lastSyncAt: testStart + 3_000, claim: undefined });
  });

  test.each<[string, number, Partial<MailboxState>, Partial<JobRun>]>([
    ['finds a message', 1, {}, {}],
    ['comes after a shorter wait', 0, { quietPolls: 0 }, {}],
    ['may have spent more than its grant, in an earlier delivery', 0, {}, { delivery: 2 }],
    ['was granted more than a poll needs', 0, { wants: 5_700 }, {}],
  ])('that %s writes down its spends', async (_, messages, changes, how) => {
    const { state } = await run(open(messages, { ...claimed, ...changes }), { run: how });
    expect(state.spends).toContainEqual({ at: testStart, units: 42, mark: 'granted' });
    expect(state.spends).not.toContainEqual(reserved);
    expect(state.quietPoll).toBeUndefined();
  });

  test.each<[string, Partial<MailboxState>, Partial<JobRun>, number]>([
    ['may have spent more than its grant', {}, { delivery: 2 }, pace.quietPoll],
    ['was granted more than a poll needs', { wants: 5_700 }, {}, pace.quietPoll],
    [
      'ended a backfill',
      { phase: 'backfill', dueClass: 'more', quietPolls: 4, nextDueAt: testStart + pace.minute },
      {},
      pace.minute,
    ],
  ])(
    'that %s is not due when its claim said, so that no dispatcher uses the spends of then',
    async (_, changes, how, wait) => {
      const { state } = await run(open(0, { ...claimed, ...changes }), { run: how });
      expect(state.spends).not.toContainEqual(reserved);
      expect(state.nextDueAt).toBe(testStart + wait - 1);
    },
  );

  test.each([
    ['its claim', 0],
    ['a redelivery', 1],
  ])('is not due before the moment that Google named, be it the one that %s said', async (_, later) => {
    const opened = open(0, { ...claimed, wants: 5_700 });
    opened.clock.pass(later);
    const limited = new Problem('rate_limited', { retryAfterSeconds: pace.quietPoll / 1_000 });
    const gmail = { listHistory: () => Promise.reject(limited) };
    const { state } = await run(opened, { gmail, run: { delivery: 2 } });
    expect(state).toMatchObject({ notBefore: testStart + pace.quietPoll + later, quietPoll: undefined });
    // Nor at either of them: a dispatcher may go by the spends of then.
    expect(state.nextDueAt).toBe(testStart + pace.quietPoll + 2);
  });

  test('stores what it spent itself, whatever else is in the minute', async () => {
    const counted = { at: testStart - 1_000, units: 100, mark: 'counted' as const };
    const { state } = await run(open(0, { ...claimed, spends: [counted, reserved] }));
    expect(state).toMatchObject({ spends: [counted, reserved], quietPoll: { units: 2 } });
  });

  test('does not make an earlier one of the same minute forgotten', async () => {
    const quietPoll = { claimedAt: testStart - pace.minute, at: testStart + 1_000 - pace.minute, units: 2 };
    const { state } = await run(open(0, { ...claimed, quietPoll }));
    expect(state.spends).toContainEqual({ at: quietPoll.at, units: 2, mark: 'counted' });
    expect(state.spends).toContainEqual({ at: testStart, units: 2 });
  });

  test('is counted by a job that follows within the minute', async () => {
    const opened = open(40, {
      quietPoll: { claimedAt: testStart - pace.minute, at: testStart - 1_000, units: 5_000 },
    });
    await run(opened);
    expect(opened.fetches).toEqual([25, 9]);
  });
});

describe('the number of copied messages', () => {
  test('is counted anew when that is due, before anything else', async () => {
    const opened = open(5, { copied: 77, recountAt: testStart });
    await run(opened, { gmail: { listHistory: async () => Promise.reject(new Problem('google_error')) } });
    expect(opened.tables.states.get(key.accountId)).toMatchObject({ copied: 0, recountAt: undefined });
  });

  test.each<[string, number, readonly number[]]>([
    ['in a batch before', 30, [25, 6]],
    ['beside a part that failed', 0, [2]],
  ])(
    'counts a message once that is asked for alone, and that its thread brought %s',
    async (_, others, calls) => {
      const opened = open(0);
      const { mailbox, tables, rows, gmail } = opened;
      const first = mailbox.arrive(['INBOX']);
      const second = mailbox.arrive(['INBOX', 'UNREAD'], first);
      for (const [id, message] of mailbox.expected()) if (id === first) rows.set(id, message);
      tables.set(stateOf({ historyId: mailbox.historyId, copied: 1, claim }));
      // Read, while it is not in the copy, and three answers come: history names the thread of those alone.
      for (let number = 0; number < 3; number += 1) mailbox.arrive(['INBOX'], first);
      for (let number = 0; number < others; number += 1) mailbox.arrive(['INBOX']);
      mailbox.relabel([second], [], ['UNREAD']);
      const fetch: SyncGmail['fetch'] = async (requests) => {
        const answers = await gmail.fetch(requests);
        const isFirst = opened.fetches.length === 1;
        return answers.map((answer, index) =>
          isFirst && requests[index]?.id === second ? { kind: 'again' } : answer,
        );
      };
      const { state } = await run(opened, { gmail: { fetch } });
      expect(rows.size).toBe(5 + others);
      expect(state).toMatchObject({ copied: 5 + others, recountAt: undefined });
      // The message is not asked for once more.
      expect(opened.fetches).toEqual(calls);
    },
  );

  test('that takes too long to count is left for a day, and meanwhile kept as well as can be', async () => {
    const opened = open(5, { copied: 77, recountAt: testStart });
    const until: number[] = [];
    const count = async (_: unknown, end: number) => {
      until.push(end);
      return undefined;
    };
    expect((await run(opened, { copy: { count } })).state).toMatchObject({
      copied: 82,
      recountAt: testStart + day,
    });
    // Half of what the job has: the other half is for the sync.
    expect(until).toEqual([testStart + 24_000]);
    const again = async () => {
      opened.tables.set({ ...stateOf(), ...opened.tables.states.get(key.accountId), claim, spends: [] });
      return (await run(opened, { copy: { count } })).state;
    };
    opened.clock.pass(day - 1);
    await again();
    expect(until).toHaveLength(1);
    opened.clock.pass(1);
    await again();
    expect(until).toHaveLength(2);
  });
});

describe('the size of a batch', () => {
  test('is 25 at first, grows slowly, and is remembered', async () => {
    const opened = open(100);
    const { state } = await run(opened);
    expect(opened.fetches).toEqual([25, 26, 27, 22]);
    expect(state.batchSize).toBe(29);
  });

  test('is where the job before left it', async () => {
    const opened = open(30, { batchSize: 7 });
    const { state } = await run(opened);
    expect(opened.fetches).toEqual([7, 8, 9, 6]);
    expect(state.batchSize).toBe(11);
  });
});

test('a page of history with more changes of labels than there is time for is applied across jobs', async () => {
  const opened = open(0);
  const { mailbox, tables, rows, faults, clock } = opened;
  for (let number = 0; number < 20_000; number += 1) mailbox.arrive(['INBOX']);
  for (const [id, message] of mailbox.expected()) rows.set(id, message);
  const before = mailbox.historyId;
  mailbox.relabel([...rows.keys()], ['STARRED'], []);
  tables.set(stateOf({ historyId: before, copied: 20_000 }));
  const { copy } = tables.open(new LambdaProcess(new VirtualTime(testStart), faults, 0));
  const updateLabels: CopyStore['updateLabels'] = (...change) => {
    clock.pass(5);
    return copy.updateLabels(...change);
  };
  for (let jobs = 0; jobs < 3; jobs += 1) {
    const endsAt = clock() + 60_000;
    tables.set({ ...stateOf(), ...tables.states.get(key.accountId), claim, spends: [] });
    await run(opened, { run: { endsAt }, copy: { updateLabels } });
    expect(clock()).toBeLessThanOrEqual(endsAt - 12_000);
    clock.pass(pace.minute);
  }
  expect(tables.states.get(key.accountId)?.historyId).toBe(mailbox.historyId);
  expect(rows.values().every(({ labelIds }) => labelIds.includes('STARRED'))).toBe(true);
});

describe('failed messages', () => {
  const failedOf = (id: string) => ({ id, reason: 'unreadable', attempts: 1, nextAttemptAt: testStart });

  test('are read once a job, whatever becomes of them', async () => {
    const opened = open(250, { phase: 'backfill', dueClass: 'more' });
    const [healed = '', still = '', gone = '', fresh = ''] = opened.mailbox.messages.keys();
    const { failed } = opened.tables.copyOf(key);
    for (const id of [healed, still, gone]) failed.set(id, failedOf(id));
    for (const id of [still, fresh]) opened.mailbox.blemish(id, 'unreadable');
    opened.mailbox.delete(gone);
    let reads = 0;
    const listFailed = async () => {
      reads += 1;
      return [...failed.values()];
    };
    const { state } = await run(opened, { copy: { listFailed } });
    expect(reads).toBe(1);
    expect(state).toMatchObject({ phase: 'live', failed: 2, copied: 247 });
    expect([...failed.values()].map(({ id, attempts }) => [id, attempts])).toEqual([
      [still, 2],
      [fresh, 1],
    ]);
  });

  test.each([
    [1, 2],
    [9, 512],
    [10, 1_024],
    [11, 1_440],
    [40, 1_440],
  ])('wait after %i failed attempts and one more for %i minutes', async (attempts, minutes) => {
    const opened = open(1);
    const [id = ''] = opened.mailbox.messages.keys();
    opened.mailbox.blemish(id, 'unreadable');
    const { failed } = opened.tables.copyOf(key);
    failed.set(id, { ...failedOf(id), attempts });
    await run(opened);
    expect(failed.get(id)).toMatchObject({
      attempts: attempts + 1,
      nextAttemptAt: opened.clock() + minutes * pace.minute,
    });
  });
});

test('a failed message that the copy has is counted no more when it turns out to be gone', async () => {
  const opened = open(3);
  await run(opened);
  const [gone = ''] = opened.rows.keys();
  opened.mailbox.delete(gone);
  const failed = { id: gone, reason: '400', attempts: 1, nextAttemptAt: testStart };
  opened.tables.copyOf(key).failed.set(gone, failed);
  const { historyId } = opened.mailbox;
  opened.tables.set({
    ...stateOf(),
    ...opened.tables.states.get(key.accountId),
    historyId,
    claim,
    spends: [],
  });
  const { state } = await run(opened);
  expect(state).toMatchObject({ copied: 2, failed: 0 });
  expect(opened.rows.size).toBe(2);
});

describe('the names of labels', () => {
  /** Runs one job after the other; how often each asked for the names. */
  async function asked(opened: ReturnType<typeof open>, jobs: readonly (() => void)[]) {
    const counts: number[] = [];
    let calls = 0;
    const listLabels = async () => {
      calls += 1;
      return opened.mailbox.labels();
    };
    for (const before of jobs) {
      before();
      opened.tables.set({ ...stateOf(), ...opened.tables.states.get(key.accountId), claim, spends: [] });
      const already = calls;
      await run(opened, { gmail: { listLabels } });
      counts.push(calls - already);
      opened.clock.pass(pace.minute);
    }
    return counts;
  }
  const namesOf = ({ tables }: ReturnType<typeof open>) =>
    [...tables.copyOf(key).labels.values()].map(({ id, name }) => [id, name]);

  test('are kept with the copy, and asked for once a day', async () => {
    const opened = open(1, { labelsAt: undefined });
    const { clock } = opened;
    const nothing = () => {};
    expect(await asked(opened, [nothing, nothing, () => clock.pass(day), nothing])).toEqual([1, 0, 1, 0]);
    expect(namesOf(opened)).toContainEqual(['Label_1', 'name of Label_1']);
  });

  test('are asked for again when a message has a label that is not among them', async () => {
    const opened = open(1, { labelsAt: undefined });
    const { mailbox } = opened;
    const [id = ''] = mailbox.messages.keys();
    const known = () => mailbox.relabel([id], ['Label_1', 'STARRED'], []);
    // One that Gmail does not list is asked for once.
    const unknown = () => mailbox.relabel([id], ['Label_new'], []);
    const again = () => mailbox.arrive(['Label_new']);
    expect(await asked(opened, [() => {}, known, unknown, again])).toEqual([1, 0, 1, 0]);
    expect(namesOf(opened)).toContainEqual(['Label_new', undefined]);
  });

  test('are asked for first by the job after one that met a label and could not ask', async () => {
    const opened = open(400, { phase: 'backfill', dueClass: 'more' });
    const { mailbox } = opened;
    for (const id of mailbox.messages.keys()) mailbox.relabel([id], ['Label_1'], []);
    opened.tables.set({
      ...stateOf(),
      ...opened.tables.states.get(key.accountId),
      historyId: mailbox.historyId,
    });
    expect(await asked(opened, [() => {}])).toEqual([0]);
    expect(opened.tables.states.get(key.accountId)).toMatchObject({ phase: 'backfill', labelsAt: undefined });
    expect(await asked(opened, [() => {}])).toEqual([1]);
  });

  test('are kept anew by a comparison', async () => {
    const opened = open(1, { verifyRequestedAt: testStart });
    expect(await asked(opened, [() => {}])).toEqual([1]);
    expect(namesOf(opened)).toContainEqual(['Label_2', 'name of Label_2']);
  });
});

test('a comparison begins with the profile, by which the address of the account is renewed', async () => {
  const opened = open(1, { verifyRequestedAt: testStart });
  const profiles: number[] = [];
  const getProfile = async () => {
    profiles.push(opened.clock());
    return opened.mailbox.profile();
  };
  await run(opened, { gmail: { getProfile } });
  expect(profiles).toEqual([testStart]);
});

describe('a message that the table refuses for its content', () => {
  test('fails alone: the others are stored, the cursor moves on, and it is tried again later', async () => {
    const opened = open(60);
    const { mailbox, rows, tables, clock } = opened;
    const ids = [...mailbox.messages.keys()];
    const [large = ''] = ids.slice(30);
    mailbox.blemish(large, 'oversize');
    const { state } = await run(opened);
    expect(state).toMatchObject({
      copied: 59,
      failed: 1,
      historyId: mailbox.historyId,
      lastError: undefined,
    });
    expect([...rows.keys()].sort()).toEqual(ids.filter((id) => id !== large));
    const { failed } = tables.copyOf(key);
    const reason = 'refused by the table of messages';
    const nextAttemptAt = testStart + pace.minute;
    expect([...failed.values()]).toEqual([{ id: large, reason, attempts: 1, nextAttemptAt }]);
    clock.pass(pace.minute);
    tables.set({ ...stateOf(), ...tables.states.get(key.accountId), claim, spends: [] });
    await run(opened);
    expect(failed.get(large)).toMatchObject({ attempts: 2, nextAttemptAt: clock() + 2 * pace.minute });
  });

  test('keeps its row when it was copied before, and is copied anew once it fits', async () => {
    const opened = open(1);
    await run(opened);
    const { mailbox, rows, tables, clock } = opened;
    const [id = ''] = rows.keys();
    const next = () => {
      tables.set({ ...stateOf(), ...tables.states.get(key.accountId), claim, spends: [] });
      return run(opened);
    };
    const labels = Array.from({ length: 20_000 }, (_, number) => `Label_${1e15 + number}`);
    mailbox.relabel([id], labels, []);
    expect((await next()).state).toMatchObject({ copied: 1, failed: 1, historyId: mailbox.historyId });
    expect(rows.get(id)?.labelIds).toEqual(['INBOX']);
    mailbox.relabel([id], ['STARRED'], labels);
    clock.pass(pace.minute);
    expect((await next()).state).toMatchObject({ copied: 1, failed: 0 });
    expect(rows.get(id)?.labelIds).toEqual(['INBOX', 'STARRED']);
  });
});

test.each([
  ['a backfill', 'listMessages', { phase: 'backfill', dueClass: 'more' }],
  ['the history', 'listHistory', {}],
] as const)('%s ends at a page token that Gmail repeats, and the mailbox waits', async (_, name, changes) => {
  const opened = open(30, { quietPolls: 2, ...changes });
  let calls = 0;
  const repeating = {
    listMessages: async () => ({ ...(await pageOf(opened.gmail.listMessages({}))), nextPageToken: 'again' }),
    listHistory: async ({ start }: { start: string }) => {
      const page = await pageOf(opened.gmail.listHistory({ start }));
      return { ...page, nextPageToken: 'again' };
    },
  };
  const count = (query: { start: string }) => {
    calls += 1;
    return repeating[name](query);
  };
  const { state } = await run(opened, { gmail: { [name]: count } });
  expect(calls).toBe(2);
  expect(state).toMatchObject({ copied: 30, lastError: { code: 'google_error' }, quietPolls: 3 });
  expect(state.nextDueAt).toBe(opened.clock() + 4 * pace.minute);
  // The next job begins the listing anew.
  expect(state.pageToken).toBeUndefined();
});

test('a backfill ends at the page token that an earlier job has stored', async () => {
  const opened = open(3, { phase: 'backfill', dueClass: 'more', pageToken: 'again' });
  const calls: unknown[] = [];
  const listMessages: SyncGmail['listMessages'] = async (query) => {
    calls.push(query);
    return { messages: [], nextPageToken: 'again' };
  };
  const { state } = await run(opened, { gmail: { listMessages } });
  expect(calls).toEqual([{ pageToken: 'again' }]);
  expect(state).toMatchObject({
    phase: 'backfill',
    lastError: { code: 'google_error' },
    pageToken: undefined,
  });
});

test('no failed message waits for ever, though more of them are due than a job can try', async () => {
  const opened = open(400);
  const { mailbox, tables, clock } = opened;
  const { failed } = tables.copyOf(key);
  for (const id of mailbox.messages.keys()) {
    mailbox.blemish(id, 'unreadable');
    failed.set(id, { id, reason: '400', attempts: 12, nextAttemptAt: testStart });
  }
  tables.set(stateOf({ historyId: mailbox.historyId }));
  for (let jobs = 0; jobs < 3; jobs += 1) {
    tables.set({ ...stateOf(), ...tables.states.get(key.accountId), claim, spends: [] });
    await run(opened);
    // Those that were tried are due again by then.
    clock.pass(day);
  }
  expect(failed.values().every(({ attempts }) => attempts > 12)).toBe(true);
});

test('quiet polls are counted no further than they count', async () => {
  expect((await run(open(0, { quietPolls: 3 }))).state).toMatchObject({ quietPolls: 4 });
  expect((await run(open(0, { quietPolls: 20 }))).state).toMatchObject({ quietPolls: 20 });
});
