import { describe, expect, test } from 'vitest';
import type { Change } from '../../../../lambdas/changes/change.ts';
import { Problem, type ProblemCode } from '../../../../lambdas/errors.ts';
import type { SyncGmail } from '../../../../lambdas/sync/job/sync-gmail.ts';
import type { MailboxState } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { testStart } from '../../../support/doubles/clock.ts';
import { AnnouncedMessages } from '../../../sync-model/announced-messages.ts';
import type { WriteFault } from '../../../sync-model/fault-plan.ts';
import type { WriteKind } from '../../../sync-model/lambda-process.ts';
import { mailbox as key, stateOf } from '../memory-mailboxes.ts';
import { claim, open as openJob, run as runJob } from '../one-job.ts';

const minute = 60_000;

/** A mailbox of so many messages, all copied and announced; or none, if a backfill is to begin. */
async function open(messages: number, changes: Partial<MailboxState> = {}) {
  const opened = openJob(messages, changes);
  const { mailbox, tables, faults, clock, writes, gmail } = opened;
  const ids = [...mailbox.messages.keys()];

  /** Runs one job: `died` if its worker was killed. */
  async function run(openGmail: () => Promise<SyncGmail> = async () => gmail) {
    clock.pass(minute);
    const before = tables.states.get(key.accountId);
    tables.set({ ...stateOf(), ...before, claim: { ...claim, claimedAt: clock() }, spends: [] });
    const { ending } = await runJob(opened, {
      openGmail,
      mailboxes: (whole) => ({
        finish: (...end) => {
          writes.push('finish');
          return whole.finish(...end);
        },
      }),
      feed: (whole) => ({
        ...whole,
        newest: (accountId) => {
          writes.push('look where the feed ends');
          return whole.newest(accountId);
        },
        append: (change, within) => {
          writes.push(`announce ${change.type}`);
          return whole.append(change, within);
        },
      }),
    });
    return ending;
  }

  const fault = (write: WriteKind, when: WriteFault['when'], effect: WriteFault['effect'] = 'kill') =>
    faults.armWrite({ write, skip: 0, when, effect });
  const announced = () => tables.feed.list('account#account-1');
  const state = () => tables.states.get(key.accountId);
  /** How the copy differs from what a reader of the feed knows. */
  const differences = () => {
    const known = new AnnouncedMessages(announced()).of(key);
    const { messages } = tables.copyOf(key);
    const ids = new Set([...known.keys(), ...messages.keys()]);
    return [...ids].filter((id) => known.get(id)?.join(' ') !== messages.get(id)?.labelIds.join(' '));
  };
  if (messages > 0 && changes.phase !== 'backfill') await run();
  writes.length = 0;
  return { mailbox, ids, tables, run, fault, announced, state, differences, writes, clock, gmail };
}

const typesOf = (changes: readonly Change[]) => changes.map(({ type }) => type);

describe('a job announces', () => {
  test('what comes, changes and goes, with its owner', async () => {
    const { mailbox, ids, run, announced } = await open(3);
    const [first = '', second = ''] = ids;
    const before = announced().length;
    mailbox.relabel([first], ['STARRED'], []);
    mailbox.delete(second);
    const third = mailbox.arrive(['INBOX', 'UNREAD']);
    await run();
    expect(announced().slice(before)).toMatchObject([
      { type: 'relabelled', messages: [{ id: first, labelIds: ['INBOX', 'STARRED'] }], owner: 'tenant-1' },
      { type: 'deleted', messageIds: [second], owner: 'tenant-1' },
      { type: 'added', messages: [{ id: third, threadId: third, labelIds: ['INBOX', 'UNREAD'] }] },
    ]);
  });

  test('nothing where nothing happened, and does not look where the feed ends', async () => {
    const { run, writes } = await open(3);
    await run();
    expect(writes).toEqual(['finish']);
  });

  test('nothing of messages that came and went between two polls', async () => {
    const { mailbox, run, announced } = await open(1);
    const before = announced().length;
    mailbox.delete(mailbox.arrive(['DRAFT']));
    await run();
    expect(announced()).toHaveLength(before);
  });

  test('that it has caught up, when the comparison after a backfill ends, before that is written', async () => {
    const { run, announced, writes, state } = await open(150, { phase: 'backfill', dueClass: 'more' });
    await run();
    expect(state()?.phase).toBe('live');
    expect(typesOf(announced())).not.toContain('caught_up');
    await run();
    expect(typesOf(announced()).at(-1)).toBe('caught_up');
    expect(typesOf(announced()).filter((type) => type === 'caught_up')).toHaveLength(1);
    expect(writes.indexOf('announce caught_up')).toBeLessThan(writes.lastIndexOf('save catchingUp'));
  });

  test('that it has caught up after a lost history, when the comparison ends, and no other comparison', async () => {
    const { mailbox, run, announced, tables, state } = await open(3);
    const before = announced().length;
    tables.set({ ...stateOf(), ...state(), verifyRequestedAt: testStart });
    await run();
    expect(state()?.lastVerify).toBeDefined();
    expect(announced()).toHaveLength(before);
    mailbox.forgetHistory();
    await run();
    expect(typesOf(announced().slice(before))).toEqual(['caught_up']);
  });

  test('that once, where a history is lost during a backfill', async () => {
    const { mailbox, run, announced } = await open(3, { phase: 'backfill', dueClass: 'more' });
    mailbox.forgetHistory();
    await run();
    await run();
    expect(typesOf(announced())).toEqual(['added', 'caught_up']);
  });
});

describe('a job that pauses its mailbox', () => {
  const refuse = (code: ProblemCode) => () => Promise.reject(new Problem(code));

  test.each<[ProblemCode, readonly string[]]>([
    ['grant_revoked', ['grant_revoked', 'paused']],
    ['domain_policy', ['paused']],
    ['insufficient_scope', ['paused']],
    // Its grant is gone: the erasure that follows announces the disconnect.
    ['login_required', []],
  ])('announces why, before that is written: %s', async (code, expected) => {
    const { run, announced, state, writes } = await open(1);
    const before = announced().length;
    writes.length = 0;
    await run(refuse(code));
    expect(state()).toMatchObject({ phase: 'paused', pausedBecause: code });
    const lines = announced().slice(before);
    expect(typesOf(lines)).toEqual(expected);
    if (expected.includes('paused')) expect(lines.at(-1)).toMatchObject({ reason: code });
    expect(writes.at(-1)).toBe('finish');
  });

  test('and cannot announce it fails, and is delivered again', async () => {
    const { run, announced, fault, state } = await open(1);
    fault('change', 'before', 'fail');
    await expect(run(refuse('domain_policy'))).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(state()?.phase).toBe('live');
    await run(refuse('domain_policy'));
    expect(typesOf(announced()).at(-1)).toBe('paused');
  });

  test('does not announce what time will fix', async () => {
    const { run, announced } = await open(1);
    const before = announced().length;
    await run(refuse('google_unavailable'));
    expect(announced()).toHaveLength(before);
  });
});

describe('a mark', () => {
  test('is written once a job, before its first announcement, and removed by its end', async () => {
    const { mailbox, run, writes, state } = await open(120);
    mailbox.relabel([...mailbox.messages.keys()].slice(0, 60), ['STARRED'], []);
    await run();
    expect(writes.slice(0, 4)).toEqual([
      'save toldSince',
      'look where the feed ends',
      'announce relabelled',
      'announce relabelled',
    ]);
    expect(writes.filter((write) => write.includes('toldSince'))).toHaveLength(1);
    expect(state()?.toldSince).toBeUndefined();
  });

  test.each(['kill', 'fail'] as const)(
    'stays if an announced change could not be written: %s',
    async (effect) => {
      const { mailbox, run, fault, state, differences, clock } = await open(1);
      mailbox.arrive(['INBOX']);
      fault('putAbsent', 'before', effect);
      await run();
      const since = clock();
      expect(state()?.toldSince).toBe(since);
      expect(differences()).toHaveLength(1);
      await run();
      expect(differences()).toEqual([]);
      expect(state()?.toldSince).toBeUndefined();
    },
  );

  test('stays for as long as the feed says what the copy does not hold', async () => {
    const { mailbox, run, fault, state, gmail } = await open(1);
    mailbox.arrive(['INBOX']);
    fault('putAbsent', 'before');
    await run();
    const since = state()?.toldSince;
    const listHistory = () => Promise.reject(new Problem('google_unavailable'));
    await run(async () => ({ ...gmail, listHistory }));
    expect(state()?.toldSince).toBe(since);
    await run();
    expect(state()?.toldSince).toBeUndefined();
  });
});

describe('a change over which a worker died after its announcement', () => {
  test('is announced as deleted if the message is gone meanwhile', async () => {
    const { mailbox, run, fault, differences, announced } = await open(1);
    const id = mailbox.arrive(['INBOX']);
    fault('putAbsent', 'before');
    expect(await run()).toBe('died');
    mailbox.delete(id);
    await run();
    expect(announced().at(-1)).toMatchObject({ type: 'deleted', messageIds: [id] });
    expect(differences()).toEqual([]);
  });

  test('is set right where Gmail’s history of it is lost', async () => {
    const { mailbox, ids, run, fault, differences, announced, state } = await open(3);
    const [first = '', second = ''] = ids;
    const gone = mailbox.arrive(['INBOX']);
    mailbox.relabel([first], ['STARRED'], []);
    fault('updateLabels', 'before');
    expect(await run()).toBe('died');
    mailbox.relabel([first], [], ['STARRED']);
    mailbox.delete(second);
    fault('putAbsent', 'before');
    expect(await run()).toBe('died');
    mailbox.delete(gone);
    mailbox.forgetHistory();
    expect(differences()).toEqual([gone]);
    await run();
    expect(differences()).toEqual([]);
    expect(typesOf(announced()).at(-1)).toBe('caught_up');
    expect(state()?.toldSince).toBeUndefined();
  });

  test('is corrected if only labels were announced, and are as they were', async () => {
    const { mailbox, ids, run, fault, differences, announced } = await open(1);
    mailbox.relabel(ids, ['STARRED'], []);
    fault('updateLabels', 'before');
    expect(await run()).toBe('died');
    mailbox.relabel(ids, [], ['STARRED']);
    mailbox.forgetHistory();
    expect(differences()).toEqual(ids);
    await run();
    expect(differences()).toEqual([]);
    expect(announced().at(-2)).toMatchObject({
      type: 'relabelled',
      messages: [{ id: ids[0], labelIds: ['INBOX'] }],
    });
  });

  test.each(['history', 'another try'])(
    'and then could not be copied is announced as deleted, by %s',
    async (how) => {
      const { mailbox, run, fault, differences, announced, state, clock, tables } = await open(1);
      const id = mailbox.arrive(['INBOX']);
      fault('putAbsent', 'before');
      expect(await run()).toBe('died');
      mailbox.blemish(id, 'refused');
      await run();
      // It is failed, and whatever becomes of it will be told: the job need not look again.
      expect(state()).toMatchObject({ failed: 1, toldSince: undefined });
      expect(differences()).toEqual([id]);
      mailbox.delete(id);
      const { failed } = tables.copyOf(key);
      for (const message of failed.values()) {
        const nextAttemptAt = how === 'another try' ? clock() : Number.POSITIVE_INFINITY;
        failed.set(message.id, { ...message, nextAttemptAt });
      }
      if (how === 'another try') mailbox.forgetHistory();
      await run();
      expect(state()).toMatchObject({ failed: 0 });
      expect(differences()).toEqual([]);
      expect(announced().some((change) => change.type === 'deleted' && change.messageIds.includes(id))).toBe(
        true,
      );
    },
  );
});
