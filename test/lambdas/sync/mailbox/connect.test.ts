import { describe, expect, test } from 'vitest';
import { quotaProfiles } from '../../../../lambdas/google/quota-prices.ts';
import { connectMailbox } from '../../../../lambdas/sync/mailbox/connect.ts';
import type { MailboxState } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { testClock, testStart } from '../../../support/doubles/clock.ts';
import { mailbox, memoryMailboxes, stateOf } from '../memory-mailboxes.ts';

const owned = { ...mailbox, owner: 'tenant-1' };
const enqueueConnected = async () => {};

async function connect(...states: readonly MailboxState[]) {
  const mailboxes = memoryMailboxes(...states);
  const erased: string[] = [];
  const asked: string[] = [];
  await connectMailbox(owned, {
    mailboxes,
    eraseCopy: async ({ generation }) => {
      erased.push(generation);
      asked.push(`erase ${generation}`);
    },
    enqueueConnected: async (whose) => {
      asked.push(`announce ${whose.generation} of ${whose.owner}, ${mailboxes.writes.length} writes made`);
    },
    quota: quotaProfiles['2026'],
    clock: testClock(),
  });
  return { mailboxes, erased, asked, row: mailboxes.rows.get('account-1') };
}

const begun: MailboxState = {
  accountId: 'account-1',
  generation: 'generation-1',
  phase: 'backfill',
  copied: 0,
  failed: 0,
  connectedAt: testStart,
  nextDueAt: testStart,
  dueClass: 'first',
  wants: 5_700,
  quietPolls: 0,
  spends: [],
};

describe('a mailbox that is connected', () => {
  test('for the first time is due at once, with all a mailbox may use of a minute', async () => {
    expect((await connect()).row).toEqual(begun);
  });

  test('anew after a disconnect starts from nothing, and what was copied before is erased once more', async () => {
    const before = stateOf({ generation: 'generation-0', copied: 900, historyId: '7' });
    const { row, erased } = await connect(before);
    expect(row).toEqual(begun);
    expect(erased).toEqual(['generation-0']);
  });

  test('is announced before it can be worked on, and after the end of the generation before', async () => {
    expect((await connect()).asked).toEqual(['announce generation-1 of tenant-1, 0 writes made']);
    const again = await connect(stateOf({ phase: 'paused' }));
    expect(again.asked).toEqual(['announce generation-1 of tenant-1, 0 writes made']);
    expect((await connect(stateOf())).asked).toHaveLength(1);
    const anew = await connect(stateOf({ generation: 'generation-0' }));
    expect(anew.asked).toEqual(['erase generation-0', 'announce generation-1 of tenant-1, 0 writes made']);
  });

  test('anew still obeys what Google asked of the account, and counts what it spent', async () => {
    const spends = [{ at: testStart - 1_000, units: 5_000 }];
    const notBefore = testStart + 60_000;
    const { row } = await connect(stateOf({ generation: 'generation-0', notBefore, spends }));
    expect(row).toEqual({ ...begun, notBefore, spends, nextDueAt: notBefore });
  });

  test('anew just when the erasure deletes the state before starts all the same', async () => {
    const mailboxes = memoryMailboxes(stateOf({ generation: 'generation-0' }));
    const eraseCopy = async () => {
      mailboxes.rows.clear();
    };
    const dependencies = {
      mailboxes,
      eraseCopy,
      enqueueConnected,
      quota: quotaProfiles['2026'],
      clock: testClock(),
    };
    await connectMailbox(mailbox, dependencies);
    expect(mailboxes.rows.get('account-1')).toEqual(begun);
  });

  test('anew never writes over a connection that is newer still', async () => {
    const newest = stateOf({ generation: 'generation-2' });
    const mailboxes = memoryMailboxes(stateOf({ generation: 'generation-0' }));
    const eraseCopy = async () => {
      mailboxes.rows.set('account-1', newest);
    };
    const dependencies = {
      mailboxes,
      eraseCopy,
      enqueueConnected,
      quota: quotaProfiles['2026'],
      clock: testClock(),
    };
    await connectMailbox(mailbox, dependencies);
    expect(mailboxes.rows.get('account-1')).toEqual(newest);
  });

  test('once more while it is paused resumes it where it stopped', async () => {
    const paused = stateOf({ phase: 'paused', pausedBecause: 'grant_revoked', historyId: '7' });
    const { row, mailboxes } = await connect(paused);
    expect(mailboxes.writes).toEqual(['resume account-1 generation-1']);
    expect(row).toMatchObject({ phase: 'live', historyId: '7', copied: 40, nextDueAt: testStart });
  });

  test('once more while an operator has paused it stays paused', async () => {
    const paused = stateOf({ phase: 'paused', pausedBecause: 'paused_by_operator' });
    expect((await connect(paused)).row).toEqual(paused);
  });

  test.each(['backfill', 'live'] as const)('once more while it is %s is left as it is', async (phase) => {
    const state = stateOf({ phase });
    const { row, mailboxes } = await connect(state);
    expect(mailboxes.writes).toEqual([]);
    expect(row).toEqual(state);
  });
});
