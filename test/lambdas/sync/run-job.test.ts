import { expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { quotaProfiles } from '../../../lambdas/google/quota-prices.ts';
import type { Outcome } from '../../../lambdas/sync/mailbox-state.ts';
import { runJob } from '../../../lambdas/sync/run-job.ts';
import type { SyncGmail } from '../../../lambdas/sync/sync-gmail.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { mailbox, stateOf } from './memory-mailboxes.ts';

const revoked = () => Promise.reject(new Problem('grant_revoked'));

const dead: SyncGmail = {
  getProfile: revoked,
  listMessages: revoked,
  listHistory: revoked,
  listLabels: revoked,
  fetch: revoked,
};

/** A job whose grant turns out dead; `again` is what opening Gmail once more finds. */
async function outcomeOf(again: () => Promise<SyncGmail>): Promise<Outcome | undefined> {
  let outcome: Outcome | undefined;
  let opened = 0;
  const claim = { jobId: 'job', units: 5_700, claimedAt: testStart };
  await runJob(
    { kind: 'sync', ...mailbox, jobId: 'job' },
    { endsAt: testStart + 60_000 },
    {
      mailboxes: {
        find: async () => stateOf({ historyId: '7', claim }),
        saveProgress: async () => true,
        finish: async (_, __, ___, finished) => {
          outcome = finished;
          return true;
        },
      },
      copy: {
        findKnown: async () => new Map(),
        putAbsent: async () => {},
        replace: async () => true,
        updateLabels: async () => true,
        delete: async () => {},
        scan: async function* () {},
        listFailed: async () => [],
        putFailed: async () => {},
        deleteFailed: async () => {},
        erase: async () => true,
      },
      openGmail: () => {
        opened += 1;
        return opened === 1 ? Promise.resolve(dead) : again();
      },
      quota: quotaProfiles['2026'],
      pace: { minute: 60_000, poll: 60_000, quietPoll: 300_000, verifyEvery: 604_800_000 },
      log: recordingLog(),
      clock: testClock(),
      sleep: async () => {},
    },
  );
  return outcome;
}

test('a grant that died pauses the mailbox', async () => {
  expect(await outcomeOf(revoked)).toMatchObject({ phase: 'paused', pausedBecause: 'grant_revoked' });
});

test('a grant that died while the person consented again does not: the new one goes on a minute later', async () => {
  expect(await outcomeOf(async () => dead)).toMatchObject({
    phase: 'live',
    nextDueAt: testStart + 60_000,
    lastError: undefined,
  });
});
