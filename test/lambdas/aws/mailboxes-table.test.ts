import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createMailboxesTable } from '../../../lambdas/aws/mailboxes-table.ts';
import {
  type DueClass,
  type DueMailbox,
  dueShards,
  type LedgerEntry,
  type MailboxState,
  type MailboxStore,
  type Outcome,
} from '../../../lambdas/sync/mailbox/mailbox-state.ts';
import {
  applyTransition,
  finished,
  paused,
  requested,
  resumed,
} from '../../../lambdas/sync/mailbox/transitions.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';

const now = Date.UTC(2026, 10, 1);
const minute = 60_000;
const lease = 15 * minute;
const mailbox = { accountId: 'account-1', generation: 'generation-1' };
const reconnected = { ...mailbox, generation: 'generation-2' };

function stateOf(changes: Partial<MailboxState> = {}): MailboxState {
  return {
    ...mailbox,
    phase: 'live',
    historyId: '100',
    copied: 7,
    failed: 1,
    connectedAt: now - lease,
    nextDueAt: now,
    dueClass: 'changes',
    wants: 42,
    quietPolls: 2,
    spends: [{ at: now - minute, units: 5 }],
    ...changes,
  };
}

const dueOf = ({ accountId, generation, nextDueAt, dueClass, wants, spends }: MailboxState): DueMailbox => ({
  accountId,
  generation,
  nextDueAt,
  dueClass,
  wants,
  spends,
});

/** What a claim writes in place of the spends it saw. */
const charged: readonly LedgerEntry[] = [
  { at: now - 1, units: 5, mark: 'counted' },
  { at: now, units: 42, mark: 'reserved' },
];

const claimOf = (jobId: string) => ({ jobId, units: 42, claimedAt: now });

const outcome: Outcome = {
  phase: 'live',
  nextDueAt: now + 2 * minute,
  dueClass: 'changes',
  wants: 10,
  quietPolls: 0,
  spends: [{ at: now, units: 3 }],
};

async function open(...states: readonly MailboxState[]) {
  const { tables, names, calls } = await dynamoDb();
  const mailboxes = createMailboxesTable(tables, names.mailboxes);
  for (const state of states) await mailboxes.create(state);
  const rowOf = async (accountId: string) => {
    const command = new GetCommand({ TableName: names.mailboxes, Key: { accountId } });
    return (await tables.send(command)).Item;
  };
  calls.length = 0;
  return { mailboxes, tables, tableName: names.mailboxes, calls, rowOf };
}

/** A mailbox whose job `job-1` is under way. */
async function openClaimed(changes: Partial<MailboxState> = {}) {
  const state = stateOf(changes);
  const opened = await open(state);
  await opened.mailboxes.claim(dueOf(state), claimOf('job-1'), now + lease, charged);
  return { ...opened, state };
}

/** What the index of due mailboxes shows, in all shards. */
async function dueIn(mailboxes: MailboxStore, dueClass: DueClass, at: number): Promise<DueMailbox[]> {
  const shards = Array.from({ length: dueShards }, (_, shard) => shard);
  const pages = await Promise.all(
    shards.map((shard) => Array.fromAsync(mailboxes.listDue(dueClass, shard, at))),
  );
  return pages.flat(2);
}

describe('a state', () => {
  test('is found as it was written, every part of it', async () => {
    const { mailboxes } = await open();
    const found = { missing: ['a'], extra: [], mislabelled: ['b'] };
    const whole = stateOf({
      pageToken: 'page-2',
      about: 900,
      recountAt: 10,
      toldSince: 20,
      backfillPace: { at: 11, copied: 12, rate: 1.5 },
      batchSize: 13,
      spends: charged,
      quietPoll: { claimedAt: 21, at: 22, units: 2 },
      requestedAt: 1,
      notBefore: 2,
      lastSyncAt: 3,
      lastError: { code: 'google_error', at: 4 },
      waitsFor: 'rate_limited',
      verify: {
        startedAt: 5,
        because: 'schedule',
        by: 'ids',
        walk: { pageToken: 'p', isListed: false, from: '1#m', isRead: true, unread: 'm3', unlisted: 'm4:5' },
        strangeLabels: ['Label_9'],
        doubted: { since: 6, ids: 'm5 m6' },
        isCompared: false,
        after: 'm1',
        group: { upTo: 'm2' },
        labelId: 'INBOX',
        listing: { pageToken: 'page', ids: 'm2' },
        found,
      },
      verifiedAt: 7,
      lastVerify: { ...found, at: 8, because: 'requested' },
      verifyRequestedAt: 9,
      claim: claimOf('job-0'),
    });
    expect(await mailboxes.create(whole)).toBe(true);
    expect(await mailboxes.find('account-1')).toEqual(whole);
    expect(await mailboxes.find('account-2')).toBeUndefined();
  });

  test('is found with every write before: a job that saw an older claim would do nothing', async () => {
    const { mailboxes, calls } = await open(stateOf());
    await mailboxes.find(mailbox.accountId);
    expect(calls).toMatchObject([{ action: 'GetItem', input: { ConsistentRead: true } }]);
  });

  test('is written over that of the generation it replaces, never over another', async () => {
    const { mailboxes } = await open(stateOf({ copied: 7 }));
    expect(await mailboxes.create(stateOf({ copied: 0 }))).toBe(false);
    expect(await mailboxes.create(stateOf({ ...reconnected, copied: 0 }))).toBe(false);
    expect(await mailboxes.create(stateOf({ ...reconnected, copied: 0 }), 'generation-0')).toBe(false);
    expect(await mailboxes.find('account-1')).toMatchObject({ generation: 'generation-1', copied: 7 });
    expect(await mailboxes.create(stateOf({ ...reconnected, copied: 0 }), 'generation-1')).toBe(true);
    expect(await mailboxes.find('account-1')).toMatchObject({ generation: 'generation-2', copied: 0 });
  });

  test('carries the version of its form', async () => {
    const { rowOf } = await open(stateOf());
    expect(await rowOf('account-1')).toMatchObject({ schemaVersion: 1 });
  });

  test('is deleted only if it is of that generation', async () => {
    const { mailboxes } = await open(stateOf());
    expect(await mailboxes.delete(reconnected)).toBe(false);
    expect(await mailboxes.find('account-1')).toBeDefined();
    expect(await mailboxes.delete(mailbox)).toBe(true);
    expect(await mailboxes.find('account-1')).toBeUndefined();
    expect(await mailboxes.delete(mailbox)).toBe(false);
  });

  test('is among those that the sweep goes through', async () => {
    const { mailboxes } = await open(stateOf(), stateOf({ accountId: 'account-2', phase: 'paused' }));
    const keys = (await Array.fromAsync(mailboxes.scan())).flat();
    expect(keys).toHaveLength(2);
    const { phase, failed } = stateOf();
    expect(keys).toContainEqual({ ...mailbox, phase, failed });
    expect(keys).toContainEqual({ ...mailbox, accountId: 'account-2', phase: 'paused', failed });
    const later = (await Array.fromAsync(mailboxes.scan(keys[0]?.accountId))).flat();
    expect(later).toEqual(keys.slice(1));
    expect(await mailboxes.generationsOf(['account-2', 'account-9'])).toEqual(
      new Map([['account-2', mailbox.generation]]),
    );
  });
});

describe('the index of due mailboxes', () => {
  test('shows those whose time has come, with all that a claim looks at', async () => {
    const due = stateOf();
    const { mailboxes } = await open(due, stateOf({ accountId: 'later', nextDueAt: now + 1 }));
    expect(await dueIn(mailboxes, 'changes', now)).toEqual([dueOf(due)]);
    expect(await dueIn(mailboxes, 'changes', now + 1)).toHaveLength(2);
  });

  test('keeps classes apart', async () => {
    const first = stateOf({ dueClass: 'first', phase: 'backfill' });
    const { mailboxes } = await open(first, stateOf({ accountId: 'account-2', dueClass: 'more' }));
    expect(await dueIn(mailboxes, 'first', now)).toEqual([dueOf(first)]);
    expect(await dueIn(mailboxes, 'changes', now)).toEqual([]);
    expect(await dueIn(mailboxes, 'more', now)).toHaveLength(1);
  });

  test('gives those of a shard earliest first', async () => {
    const accounts = Array.from({ length: 40 }, (_, index) => `account-${index}`);
    const states = accounts.map((accountId, index) => stateOf({ accountId, nextDueAt: now - index }));
    const { mailboxes } = await open(...states);
    let shardsInUse = 0;
    for (let shard = 0; shard < dueShards; shard++) {
      const due = (await Array.fromAsync(mailboxes.listDue('changes', shard, now))).flat();
      const times = due.map(({ nextDueAt }) => nextDueAt);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      if (due.length > 0) shardsInUse += 1;
    }
    expect(await dueIn(mailboxes, 'changes', now)).toHaveLength(40);
    expect(shardsInUse).toBeGreaterThan(8);
  });

  test('is read no further than its reader goes', async () => {
    const { mailboxes, tables, tableName, calls, rowOf } = await open(stateOf());
    const row = await rowOf('account-1');
    for (let index = 0; index < 500; index++) {
      const item = { ...row, accountId: `account-1-${index}` };
      await tables.send(new PutCommand({ TableName: tableName, Item: item }));
    }
    calls.length = 0;
    const shard = Number(String(row?.['dueKey']).split('#')[1]);
    for await (const page of mailboxes.listDue('changes', shard, now)) {
      expect(page).toHaveLength(500);
      break;
    }
    expect(calls.map(({ action }) => action)).toEqual(['Query']);
    expect((await Array.fromAsync(mailboxes.listDue('changes', shard, now))).flat()).toHaveLength(501);
  });

  test('knows no paused mailbox', async () => {
    const { mailboxes } = await open(stateOf({ phase: 'paused' }));
    expect(await dueIn(mailboxes, 'changes', now + lease)).toEqual([]);
  });
});

describe('a claim', () => {
  test('is taken by one of two dispatchers that saw the same', async () => {
    const state = stateOf({ waitsFor: 'waiting_for_daily_quota' });
    const { mailboxes } = await open(state);
    const taken = await Promise.all(
      ['job-1', 'job-2'].map((jobId) => mailboxes.claim(dueOf(state), claimOf(jobId), now + lease, charged)),
    );
    expect(taken.filter((one) => one !== undefined)).toHaveLength(1);
    const jobId = taken[0] !== undefined ? 'job-1' : 'job-2';
    const { waitsFor: _, ...rest } = state;
    expect(await mailboxes.find('account-1')).toEqual({
      ...rest,
      claim: claimOf(jobId),
      nextDueAt: now + lease,
      spends: charged,
    });
  });

  test('shows the next dispatcher what it reserved, if no job ends it', async () => {
    const { mailboxes } = await openClaimed();
    expect(await dueIn(mailboxes, 'changes', now + lease)).toMatchObject([{ spends: charged }]);
  });

  test('answers what the index does not show, and leaves it', async () => {
    const quietPoll = { claimedAt: 1, at: 2, units: 2 };
    const { mailboxes, state } = await openClaimed({ quietPoll });
    expect(await mailboxes.claim(dueOf(state), claimOf('job-1'), now + lease, charged)).toEqual({
      quietPoll,
    });
    expect(await mailboxes.find('account-1')).toMatchObject({ quietPoll });
  });

  test('that the SDK sends twice is taken', async () => {
    const { mailboxes, state } = await openClaimed();
    expect(await mailboxes.claim(dueOf(state), claimOf('job-1'), now + lease, charged)).toBeDefined();
    expect(await mailboxes.claim(dueOf(state), claimOf('job-2'), now + lease, charged)).toBeUndefined();
  });

  test.each([
    ['of an ended generation', reconnected],
    ['with a later due time than the index showed', { nextDueAt: now + 1 }],
    ['with an earlier due time than the index showed', { nextDueAt: now - 1 }],
    ['that is paused', { phase: 'paused' as const }],
  ])('is refused for a mailbox %s', async (_, changes) => {
    const { mailboxes } = await open(stateOf(changes));
    expect(await mailboxes.claim(dueOf(stateOf()), claimOf('job-1'), now + lease, charged)).toBeUndefined();
    expect((await mailboxes.find('account-1'))?.claim).toBeUndefined();
  });

  test('is refused for a mailbox that has gone, and makes none', async () => {
    const { mailboxes } = await open();
    expect(await mailboxes.claim(dueOf(stateOf()), claimOf('job-1'), now + lease, charged)).toBeUndefined();
    expect(await mailboxes.find('account-1')).toBeUndefined();
  });

  test('that no job ends expires with its lease, and can be taken again', async () => {
    const { mailboxes } = await openClaimed();
    expect(await dueIn(mailboxes, 'changes', now + lease - 1)).toEqual([]);
    const [due] = await dueIn(mailboxes, 'changes', now + lease);
    if (due === undefined) throw new Error('The mailbox is not due.');
    expect(await mailboxes.claim(due, claimOf('job-2'), now + 2 * lease, charged)).toBeDefined();
    expect(await mailboxes.saveProgress(mailbox, 'job-1', { copied: 8 })).toBe(false);
    expect(await mailboxes.finish(mailbox, { jobId: 'job-1', claimedAt: now }, finished(outcome, now))).toBe(
      false,
    );
    expect(await mailboxes.find('account-1')).toMatchObject({ copied: 7, claim: { jobId: 'job-2' } });
  });

  test('is given back by who holds it', async () => {
    const { mailboxes, state } = await openClaimed();
    expect(await mailboxes.release(dueOf(state), 'job-2')).toBe(false);
    expect(await mailboxes.release({ ...dueOf(state), ...reconnected }, 'job-1')).toBe(false);
    expect(await mailboxes.find('account-1')).toMatchObject({ spends: charged });
    expect(await mailboxes.release(dueOf(state), 'job-1')).toBe(true);
    expect(await mailboxes.find('account-1')).toEqual(state);
    expect(await dueIn(mailboxes, 'changes', now)).toEqual([dueOf(state)]);
  });
});

describe('a mailbox that has to wait', () => {
  test('is due later and says why', async () => {
    const { mailboxes } = await open(stateOf());
    const later = now + lease;
    expect(await mailboxes.postpone(dueOf(stateOf()), later, 'waiting_for_daily_quota')).toBe(true);
    expect(await mailboxes.find('account-1')).toEqual(
      stateOf({ nextDueAt: later, waitsFor: 'waiting_for_daily_quota' }),
    );
  });

  test('loses the claim whose lease is over', async () => {
    const { mailboxes, state } = await openClaimed();
    const due = { ...dueOf(state), nextDueAt: now + lease };
    expect(await mailboxes.postpone(due, now + 2 * lease, 'waiting_for_daily_quota')).toBe(true);
    expect((await mailboxes.find('account-1'))?.claim).toBeUndefined();
  });

  test('is left alone when it was claimed, paused or connected anew meanwhile', async () => {
    const claimed = await openClaimed();
    const { mailboxes } = claimed;
    expect(await mailboxes.postpone(dueOf(claimed.state), now + 1, 'x')).toBe(false);
    await mailboxes.finish(
      mailbox,
      { jobId: 'job-1', claimedAt: now },
      finished({ ...outcome, phase: 'paused', nextDueAt: now }, now),
    );
    expect(await mailboxes.postpone(dueOf(claimed.state), now + 1, 'x')).toBe(false);
    await mailboxes.create(stateOf(reconnected), 'generation-1');
    expect(await mailboxes.postpone(dueOf(claimed.state), now + 1, 'x')).toBe(false);
    expect(await mailboxes.find('account-1')).toEqual(stateOf(reconnected));
  });
});

describe('progress', () => {
  test('changes what it names, removes what it names as undefined, and leaves the rest', async () => {
    const { mailboxes, state } = await openClaimed({ pageToken: 'page-1', about: 900 });
    expect(await mailboxes.saveProgress(mailbox, 'job-1', { copied: 8, pageToken: undefined })).toBe(true);
    const { pageToken: _, ...rest } = state;
    expect(await mailboxes.find('account-1')).toEqual({
      ...rest,
      copied: 8,
      claim: claimOf('job-1'),
      nextDueAt: now + lease,
      spends: charged,
    });
  });

  test('of another job or generation is not written', async () => {
    const { mailboxes } = await openClaimed();
    expect(await mailboxes.saveProgress(mailbox, 'job-2', { copied: 8 })).toBe(false);
    expect(await mailboxes.saveProgress(reconnected, 'job-1', { copied: 8 })).toBe(false);
    expect(await mailboxes.find('account-1')).toMatchObject({ copied: 7 });
  });

  test('into a pause takes the mailbox out of the index', async () => {
    const { mailboxes } = await openClaimed();
    await mailboxes.saveProgress(mailbox, 'job-1', { phase: 'paused' });
    expect(await dueIn(mailboxes, 'changes', now + lease)).toEqual([]);
  });
});

describe('the end of a job', () => {
  test('writes its outcome, removes what it leaves undefined, and gives the claim back', async () => {
    const { mailboxes } = await openClaimed({
      phase: 'backfill',
      dueClass: 'first',
      lastError: { code: 'google_error', at: 1 },
      requestedAt: now - 1,
    });
    const ended = { ...outcome, lastError: undefined, lastSyncAt: now, historyId: '200' };
    expect(await mailboxes.finish(mailbox, { jobId: 'job-1', claimedAt: now }, finished(ended, now))).toBe(
      true,
    );
    const { lastError: _, ...rest } = ended;
    expect(await mailboxes.find('account-1')).toEqual({ ...stateOf(), ...rest });
    expect(await dueIn(mailboxes, 'first', now + lease)).toEqual([]);
    expect(await dueIn(mailboxes, 'changes', now + 2 * minute)).toHaveLength(1);
  });

  test('of a job that lost its claim is not written', async () => {
    const { mailboxes } = await openClaimed();
    expect(await mailboxes.finish(mailbox, { jobId: 'job-2', claimedAt: now }, finished(outcome, now))).toBe(
      false,
    );
    expect(
      await mailboxes.finish(reconnected, { jobId: 'job-1', claimedAt: now }, finished(outcome, now)),
    ).toBe(false);
    expect(await mailboxes.find('account-1')).toMatchObject({ claim: { jobId: 'job-1' }, quietPolls: 2 });
    expect(await mailboxes.finish(mailbox, { jobId: 'job-1', claimedAt: now }, finished(outcome, now))).toBe(
      true,
    );
    expect(await mailboxes.finish(mailbox, { jobId: 'job-1', claimedAt: now }, finished(outcome, now))).toBe(
      false,
    );
  });

  test('in a pause takes the mailbox out of the index', async () => {
    const { mailboxes } = await openClaimed();
    const paused = { ...outcome, phase: 'paused' as const, pausedBecause: 'grant_revoked' };
    expect(await mailboxes.finish(mailbox, { jobId: 'job-1', claimedAt: now }, finished(paused, now))).toBe(
      true,
    );
    expect(await dueIn(mailboxes, 'changes', now + lease)).toEqual([]);
    expect(await mailboxes.find('account-1')).toMatchObject({ pausedBecause: 'grant_revoked' });
  });

  test('does not lose a request that came while it ran: the mailbox is due at once', async () => {
    const { mailboxes } = await openClaimed();
    await applyTransition(mailbox, requested(now + 1, true), mailboxes);
    const ended = { ...outcome, verifyRequestedAt: undefined };
    expect(await mailboxes.finish(mailbox, { jobId: 'job-1', claimedAt: now }, finished(ended, now))).toBe(
      true,
    );
    const state = await mailboxes.find('account-1');
    expect(state).toMatchObject({ quietPolls: 0, verifyRequestedAt: now + 1 });
    expect(state).not.toHaveProperty('requestedAt');
    expect(state).not.toHaveProperty('claim');
    expect(await dueIn(mailboxes, 'changes', now + 1)).toHaveLength(1);
  });

  test('that was asked for meanwhile gives back no due time that a slow dispatcher may have seen', async () => {
    const { mailboxes, state } = await openClaimed();
    await applyTransition(mailbox, requested(now + 1, false), mailboxes);
    await mailboxes.finish(mailbox, { jobId: 'job-1', claimedAt: now }, finished(outcome, now));
    expect(await mailboxes.claim(dueOf(state), claimOf('job-2'), now + lease, charged)).toBeUndefined();
    expect(await mailboxes.find('account-1')).toMatchObject({ spends: outcome.spends });
  });

  test('lets no request go before Google allows it', async () => {
    const { mailboxes } = await openClaimed();
    await applyTransition(mailbox, requested(now + 1, false), mailboxes);
    await mailboxes.finish(
      mailbox,
      { jobId: 'job-1', claimedAt: now },
      finished({ ...outcome, notBefore: now + minute }, now),
    );
    expect(await mailboxes.find('account-1')).toMatchObject({ nextDueAt: now + minute });
  });
});

describe('a request', () => {
  test('makes a waiting mailbox due now, in its class', async () => {
    const { mailboxes } = await open(stateOf({ nextDueAt: now + lease, dueClass: 'more' }));
    expect(await applyTransition(mailbox, requested(now, false), mailboxes)).toBe(true);
    expect(await mailboxes.find('account-1')).toEqual(
      stateOf({ nextDueAt: now, dueClass: 'more', requestedAt: now }),
    );
    expect(await dueIn(mailboxes, 'more', now)).toHaveLength(1);
  });

  test('waits until Google allows it', async () => {
    const { mailboxes } = await open(stateOf({ nextDueAt: now + lease, notBefore: now + minute }));
    await applyTransition(mailbox, requested(now, false), mailboxes);
    expect(await mailboxes.find('account-1')).toMatchObject({ requestedAt: now, nextDueAt: now + minute });
  });

  test('does not push an overdue mailbox back', async () => {
    const { mailboxes } = await open(stateOf({ nextDueAt: now - minute }));
    await applyTransition(mailbox, requested(now, false), mailboxes);
    expect(await mailboxes.find('account-1')).toMatchObject({ nextDueAt: now - minute });
  });

  test('that is stored already is not written again, until a job has seen it', async () => {
    const { mailboxes } = await open(stateOf({ nextDueAt: now + lease }));
    await applyTransition(mailbox, requested(now, false), mailboxes);
    await applyTransition(mailbox, requested(now + 1_000, false), mailboxes);
    expect(await mailboxes.find('account-1')).toMatchObject({ requestedAt: now, nextDueAt: now });
    const claimed = await openClaimed();
    const { claimedAt = 0 } = (await claimed.mailboxes.find('account-1'))?.claim ?? {};
    for (const [at, stored] of [
      [claimedAt, claimedAt],
      [claimedAt + 1, claimedAt + 1],
      [claimedAt + 2, claimedAt + 1],
    ] as const) {
      await applyTransition(mailbox, requested(at, false), claimed.mailboxes);
      expect((await claimed.mailboxes.find('account-1'))?.requestedAt).toBe(stored);
    }
  });

  test('while a job runs leaves the lease and is kept until the job has ended', async () => {
    const { mailboxes } = await openClaimed();
    expect(await applyTransition(mailbox, requested(now + 1, true), mailboxes)).toBe(true);
    expect(await mailboxes.find('account-1')).toMatchObject({
      requestedAt: now + 1,
      verifyRequestedAt: now + 1,
      nextDueAt: now + lease,
      claim: { jobId: 'job-1' },
    });
  });

  test('is not lost between a claim and the end of its job, whichever comes first', async () => {
    const { mailboxes, state } = await openClaimed();
    for (let round = 1; round <= 20; round++) {
      const claimedAt = now + round * lease;
      const [asked, ended] = await Promise.all([
        applyTransition(mailbox, requested(claimedAt + 1, false), mailboxes),
        mailboxes.finish(
          mailbox,
          { jobId: `job-${round}`, claimedAt },
          finished(
            {
              ...outcome,
              nextDueAt: claimedAt + 5 * minute,
            },
            claimedAt,
          ),
        ),
      ]);
      expect([asked, ended]).toEqual([true, true]);
      const due = await mailboxes.find('account-1');
      expect(due?.nextDueAt).toBeLessThanOrEqual(claimedAt + 1);
      const next = { jobId: `job-${round + 1}`, units: 1, claimedAt: claimedAt + lease };
      const seen = { ...dueOf(state), nextDueAt: due?.nextDueAt ?? 0 };
      await mailboxes.claim(seen, next, claimedAt + 2 * lease, charged);
    }
  });

  test.each([
    ['paused', { phase: 'paused' as const }],
    ['of another generation', reconnected],
  ])('for a mailbox that is %s is refused', async (_, changes) => {
    const { mailboxes } = await open(stateOf(changes));
    expect(await applyTransition(mailbox, requested(now, true), mailboxes)).toBe(false);
    expect(await mailboxes.find('account-1')).toEqual(stateOf(changes));
  });

  test('for no mailbox is refused', async () => {
    const { mailboxes } = await open();
    expect(await applyTransition(mailbox, requested(now, true), mailboxes)).toBe(false);
  });
});

describe('a paused mailbox', () => {
  test.each([
    ['live', 'changes'],
    ['backfill', 'first'],
    ['backfill', 'more'],
  ] as const)(
    'resumes %s where it stopped in class %s, without the error that paused it',
    async (phase, dueClass) => {
      const lastError = { code: 'grant_revoked', at: 1 };
      const paused = stateOf({
        phase: 'paused',
        pausedBecause: lastError.code,
        lastError,
        dueClass,
        nextDueAt: 1,
      });
      const { mailboxes } = await open(paused);
      expect(await applyTransition(mailbox, resumed(now), mailboxes)).toBe(true);
      expect(await mailboxes.find('account-1')).toEqual(stateOf({ phase, dueClass, nextDueAt: now }));
      expect(await dueIn(mailboxes, dueClass, now)).toHaveLength(1);
    },
  );

  test('resumes no sooner than Google allows', async () => {
    const { mailboxes } = await open(stateOf({ phase: 'paused', notBefore: now + minute }));
    await applyTransition(mailbox, resumed(now), mailboxes);
    expect(await mailboxes.find('account-1')).toMatchObject({ nextDueAt: now + minute });
  });

  test('of another generation stays, and one that is not paused is left alone', async () => {
    const { mailboxes } = await open(stateOf({ phase: 'paused' }));
    expect(await applyTransition(reconnected, resumed(now), mailboxes)).toBe(false);
    expect(await applyTransition(mailbox, resumed(now), mailboxes)).toBe(true);
    expect(await applyTransition(mailbox, resumed(now + 1), mailboxes)).toBe(false);
    expect(await mailboxes.find('account-1')).toMatchObject({ nextDueAt: now });
  });
});

describe('a mailbox that an operator pauses', () => {
  const byOperator = { phase: 'paused', pausedBecause: 'paused_by_operator' } as const;

  test.each([
    ['live', 'changes', 'changes'],
    ['live', 'more', 'changes'],
    ['backfill', 'first', 'first'],
    ['backfill', 'changes', 'more'],
    ['paused', 'more', 'more'],
  ] as const)(
    'is due no more, and remembers from %s in class %s that it resumes in %s',
    async (phase, before, after) => {
      const { mailboxes } = await open(
        stateOf({ phase, dueClass: before, requestedAt: now, waitsFor: 'rate_limited' }),
      );
      expect(await applyTransition(mailbox, paused, mailboxes)).toBe(true);
      expect(await mailboxes.find('account-1')).toEqual(stateOf({ ...byOperator, dueClass: after }));
      for (const dueClass of ['changes', 'first', 'more'] as const) {
        expect(await dueIn(mailboxes, dueClass, now)).toEqual([]);
      }
      await applyTransition(mailbox, resumed(now, 'operator'), mailboxes);
      expect(await dueIn(mailboxes, after, now)).toHaveLength(1);
    },
  );

  test('takes the claim from its job, which can write no more', async () => {
    const state = stateOf();
    const { mailboxes } = await open(state);
    await mailboxes.claim(dueOf(state), claimOf('job-1'), now + lease, charged);
    expect(await applyTransition(mailbox, paused, mailboxes)).toBe(true);
    expect(await mailboxes.saveProgress(mailbox, 'job-1', { copied: 50 })).toBe(false);
    expect(await mailboxes.finish(mailbox, { jobId: 'job-1', claimedAt: now }, finished(outcome, now))).toBe(
      false,
    );
    expect(await mailboxes.find('account-1')).toEqual(
      stateOf({ ...byOperator, nextDueAt: now + lease, spends: charged }),
    );
  });

  test('is resumed by nothing else', async () => {
    const { mailboxes } = await open(stateOf(byOperator));
    expect(await applyTransition(mailbox, resumed(now), mailboxes)).toBe(false);
    expect(await mailboxes.find('account-1')).toEqual(stateOf(byOperator));
    expect(await applyTransition(mailbox, resumed(now, 'operator'), mailboxes)).toBe(true);
    expect(await mailboxes.find('account-1')).toEqual(stateOf({ nextDueAt: now, notBefore: now }));
  });

  test('is due no earlier than the operator says who resumes it, whatever requests come', async () => {
    const { mailboxes } = await open(stateOf(byOperator));
    await applyTransition(mailbox, resumed(now + 120_000, 'operator'), mailboxes);
    expect(await applyTransition(mailbox, requested(now + 1, true), mailboxes)).toBe(true);
    expect(await mailboxes.find('account-1')).toMatchObject({ nextDueAt: now + 120_000 });
  });

  test('stays paused when it was paused for another reason before, and that is fixed', async () => {
    const { mailboxes } = await open(stateOf({ phase: 'paused', pausedBecause: 'grant_revoked' }));
    await applyTransition(mailbox, paused, mailboxes);
    expect(await applyTransition(mailbox, resumed(now), mailboxes)).toBe(false);
  });

  test('must be of the generation that is meant', async () => {
    const { mailboxes } = await open(stateOf());
    expect(await applyTransition(reconnected, paused, mailboxes)).toBe(false);
    expect(await mailboxes.find('account-1')).toEqual(stateOf());
  });
});
