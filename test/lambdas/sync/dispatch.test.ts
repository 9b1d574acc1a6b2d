import { expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { quotaProfiles } from '../../../lambdas/google/quota-prices.ts';
import { dispatch } from '../../../lambdas/sync/dispatch.ts';
import type { DueMailbox } from '../../../lambdas/sync/mailbox-state.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { recordingQueue } from './recording-queue.ts';

const due: readonly DueMailbox[] = Array.from({ length: 20 }, (_, number) => ({
  accountId: `account-${number}`,
  generation: 'generation-1',
  nextDueAt: testStart,
  dueClass: 'changes',
  wants: 42,
  spends: [{ at: testStart, units: 2 }],
}));

test('a claim that fails strands none of the others, and the day is accounted for', async () => {
  const queue = recordingQueue();
  const added: number[] = [];
  const ticking = dispatch(testStart, {
    mailboxes: {
      listDue: async function* (dueClass, shard) {
        if (dueClass === 'changes' && shard === 0) yield due;
      },
      claim: async ({ accountId }) => {
        if (accountId === 'account-7') throw new Problem('storage_unavailable');
        return true;
      },
      release: async () => true,
      postpone: async () => true,
    },
    usage: {
      beginTick: async () => true,
      readDay: async () => ({ all: 0, backfill: 0 }),
      addToDay: async (_, { all }) => {
        added.push(all);
      },
    },
    queue,
    quota: quotaProfiles['2026'],
    pace: { minute: 60_000, poll: 60_000, quietPoll: 300_000, verifyEvery: 604_800_000 },
    log: recordingLog(),
  });
  await expect(ticking).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(queue.sent).toHaveLength(19);
  expect(added).toEqual([38]);
});
