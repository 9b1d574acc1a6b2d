import { describe, expect, test } from 'vitest';
import type { AnnounceDependencies } from '../../../../lambdas/changes/announce-changes.ts';
import {
  announceConnected,
  announceConnectedOnce,
  announceRenamed,
  enqueueConnected,
  type FindGrant,
} from '../../../../lambdas/sync/mailbox/announce.ts';
import { parseSyncMessage } from '../../../../lambdas/sync/mailbox/sync-queue.ts';
import { testClock, testStart } from '../../../support/doubles/clock.ts';
import { MemoryFeed } from '../../../support/doubles/memory-feed.ts';
import { changeAt } from '../../changes/changes.ts';
import { mailbox } from '../memory-mailboxes.ts';
import { recordingQueue } from '../recording-queue.ts';

type Announced = NonNullable<Parameters<typeof changeAt>[1]>;
type Grant = Awaited<ReturnType<FindGrant>>;

/** The account's feed after this, given what it contained before. */
async function announcedBy(
  announce: (changes: AnnounceDependencies) => Promise<void>,
  before: readonly Announced[],
) {
  const feed = new MemoryFeed();
  for (const [index, change] of before.entries()) await feed.append(changeAt(testStart - 9 + index, change));
  await announce({ feed, times: { write: 1 }, clock: testClock() });
  return feed.list('account#account-1').slice(before.length);
}

describe('a consent that was stored', () => {
  test('is announced by the queue, with no more of the grant than whose mailbox it is', async () => {
    const queue = recordingQueue();
    const grant = { ...mailbox, owner: 'tenant-1', refreshToken: 'canary' };
    await enqueueConnected(grant, queue, () => 'job-1');
    const expected = { kind: 'connected', ...mailbox, owner: 'tenant-1', jobId: 'job-1' };
    expect(queue.sent).toEqual([expected]);
    expect(parseSyncMessage(JSON.stringify(queue.sent[0]))).toEqual(expected);
  });

  test('is another message each time: the queue drops what it takes for a duplicate', async () => {
    const queue = recordingQueue();
    await enqueueConnected(mailbox, queue);
    await enqueueConnected(mailbox, queue);
    expect(new Set(queue.sent.map(({ jobId }) => jobId)).size).toBe(2);
  });

  test('is not taken for announced when the queue does not take it', async () => {
    const queue = recordingQueue();
    queue.takes = false;
    await expect(enqueueConnected(mailbox, queue)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  /** The announcements when the message is processed. */
  function take(owner: string | undefined, grant: Grant, ...before: readonly Announced[]) {
    return announcedBy(
      (changes) => announceConnected({ ...mailbox, owner }, changes, async () => grant),
      before,
    );
  }

  test.each([
    ['the message says', 'tenant-1', { owner: 'tenant-2' }, 'tenant-1'],
    ['the grant says, where the message does not', undefined, { owner: 'tenant-2' }, 'tenant-2'],
    ['is unknown', undefined, {}, undefined],
  ])('is announced in the feed, with the owner that %s', async (_, owner, grant, expected) => {
    const [change] = await take(owner, grant);
    expect(change).toMatchObject({ ...mailbox, type: 'connected' });
    expect(change?.owner).toBe(expected);
  });

  const ended = { generation: 'generation-0', type: 'disconnected' } as const;

  test('is announced after the end of the generation before', async () => {
    expect(await take('tenant-1', {}, ended)).toMatchObject([{ ...mailbox, type: 'connected' }]);
  });

  test('is announced if the grant has ended since, and an erasure will announce that', async () => {
    expect(await take('tenant-1', undefined, ended, { type: 'connected' })).toHaveLength(1);
  });

  const since = { generation: 'generation-2', type: 'connected' } as const;

  test.each([
    ['is announced', [{ type: 'disconnected' }]],
    ['is announced, and that the account has connected since', [{ type: 'disconnected' }, since]],
    ['is not announced, since the account has connected anew', [since]],
    ['is not announced, since nothing of the generation was', [ended]],
    ['is not announced any more, after so long', []],
  ] as const)(
    'is not announced if its end %s: the consent was stored late, or the message was redriven',
    async (_, announced) => {
      expect(await take('tenant-1', undefined, ...announced)).toEqual([]);
    },
  );
});

describe('the first job of a mailbox', () => {
  /** The announcements when the job begins. */
  function begin(grant: Grant, ...before: readonly Announced[]) {
    return announcedBy((changes) => announceConnectedOnce(mailbox, changes, async () => grant), before);
  }

  const owned = { owner: 'tenant-1' };
  const connected = [expect.objectContaining({ ...mailbox, ...owned, type: 'connected' })];

  test.each([
    ['anything is', []],
    ['more than the end of the generation before is', [{ generation: 'generation-0', type: 'disconnected' }]],
    ['it is so to its owner, who came later', [{ type: 'connected' }]],
  ] as const)('announces that it is connected before %s announced it', async (_, announced) => {
    expect(await begin(owned, ...announced)).toEqual(connected);
  });

  test('does not announce it a second time', async () => {
    expect(await begin(owned, { ...owned, type: 'connected' })).toEqual([]);
    expect(await begin({}, { type: 'connected' })).toEqual([]);
  });

  test('announces nothing of a mailbox that has ended', async () => {
    expect(await begin(owned, { type: 'connected' }, { type: 'disconnected' })).toEqual([]);
    expect(await begin(undefined)).toEqual([]);
  });
});

describe('a new address', () => {
  const take = (grant: Grant) =>
    announcedBy((changes) => announceRenamed(mailbox, changes, async () => grant), []);

  test('is published with the owner, and without the address', async () => {
    const sequence = expect.any(String);
    expect(await take({ owner: 'tenant-1' })).toEqual([
      { ...mailbox, sequence, at: testStart, owner: 'tenant-1', type: 'renamed' },
    ]);
  });

  test('is not published once the grant has ended', async () => {
    expect(await take(undefined)).toEqual([]);
  });
});
