import { expect, test } from 'vitest';
import type { CopiedMessage, CopyStore } from '../../../lambdas/copied-message.ts';
import { quotaProfiles } from '../../../lambdas/google/quota-prices.ts';
import type { MailboxState } from '../../../lambdas/sync/mailbox-state.ts';
import { runJob } from '../../../lambdas/sync/run-job.ts';
import type { SyncGmail } from '../../../lambdas/sync/sync-gmail.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { mailbox, stateOf } from './memory-mailboxes.ts';

const pace = { minute: 60_000, poll: 60_000, quietPoll: 300_000, verifyEvery: 604_800_000 };

const messageOf = (number: number, labelIds: readonly string[]): CopiedMessage => ({
  id: `id-${number}`,
  threadId: `id-${number}`,
  labelIds,
  internalDate: testStart,
  historyId: '7'.padStart(20, '0'),
  from: '',
  to: '',
  subject: '',
  snippet: '',
  size: 1,
});

function gmailOf(messages: ReadonlyMap<string, CopiedMessage>): SyncGmail {
  const listed = (labelId: string | undefined) =>
    [...messages.values()].filter(({ labelIds }) => labelId === undefined || labelIds.includes(labelId));
  return {
    getProfile: async () => ({ historyId: '9', messagesTotal: messages.size }),
    listMessages: async ({ labelId }) => ({ messages: listed(labelId) }),
    listHistory: async () => ({ records: [], historyId: '9' }),
    listLabels: async () => ['STARRED'],
    fetch: async (requests) =>
      requests.map(({ id }) => {
        const message = messages.get(id);
        return message === undefined
          ? { kind: 'gone' }
          : { kind: 'found', messages: [message], unreadable: [] };
      }),
  };
}

function copyOf(rows: Map<string, CopiedMessage>): CopyStore {
  const put = (message: CopiedMessage) => rows.set(message.id, message);
  return {
    findKnown: async (_, ids) =>
      new Map(ids.flatMap((id) => [rows.get(id) ?? []].flat().map((row) => [id, row]))),
    putAbsent: async (_, messages) => messages.forEach(put),
    replace: async (_, message) => put(message) !== undefined,
    updateLabels: async () => true,
    delete: async (_, ids) => {
      for (const id of ids) rows.delete(id);
    },
    scan: async function* () {
      yield [...rows.values()];
    },
    listFailed: async () => [],
    putFailed: async () => {},
    deleteFailed: async () => {},
    erase: async () => true,
  };
}

test('a comparison mends every message that differs, however many batches they take', async () => {
  const numbers = Array.from({ length: 200 }, (_, number) => number);
  const truth = new Map(numbers.map((number) => [`id-${number}`, messageOf(number, ['STARRED'])]));
  // Some are missing, some extra, and the others lack their label.
  const rows = new Map(numbers.slice(80).map((number) => [`id-${number}`, messageOf(number, [])]));
  for (let number = 200; number < 280; number++) rows.set(`id-${number}`, messageOf(number, []));
  let state: MailboxState = stateOf({
    historyId: '9',
    verifyRequestedAt: testStart,
    claim: { jobId: 'job', units: 100_000, claimedAt: testStart },
  });
  await runJob(
    { kind: 'sync', ...mailbox, jobId: 'job' },
    { endsAt: testStart + 60_000 },
    {
      mailboxes: {
        find: async () => state,
        saveProgress: async (_, __, progress) => {
          state = { ...state, ...progress };
          return true;
        },
        finish: async () => true,
      },
      copy: copyOf(rows),
      openGmail: async () => gmailOf(truth),
      quota: { ...quotaProfiles['2026'], unitsPerUserMinute: 1_000_000 },
      pace,
      log: recordingLog(),
      clock: testClock(),
      sleep: async () => {},
    },
  );
  expect([...rows.keys()].sort()).toEqual([...truth.keys()].sort());
  expect([...rows.values()].filter(({ labelIds }) => !labelIds.includes('STARRED'))).toEqual([]);
  expect(state.lastVerify).toMatchObject({
    missing: { length: 80 },
    extra: { length: 80 },
    mislabelled: { length: 120 },
  });
});
