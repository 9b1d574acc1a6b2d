import { describe, expect, test } from 'vitest';
import type { Change } from '../../../../lambdas/changes/change.ts';
import type { MailboxKey } from '../../../../lambdas/copied-message.ts';
import { Problem } from '../../../../lambdas/errors.ts';
import { enqueueErasure, eraseCopy } from '../../../../lambdas/sync/mailbox/erase.ts';
import type { Erasure } from '../../../../lambdas/sync/mailbox/erasures.ts';
import { testClock, testStart } from '../../../support/doubles/clock.ts';
import { MemoryFeed } from '../../../support/doubles/memory-feed.ts';
import { numberedTokens } from '../../../support/doubles/tokens.ts';
import { changeAt, changedMessages } from '../../changes/changes.ts';
import { mailbox, memoryMailboxes, stateOf } from '../memory-mailboxes.ts';
import { recordingQueue } from '../recording-queue.ts';

describe('an erasure that is asked for', () => {
  test('goes to the queue, with no more of the grant than whose copy it is', async () => {
    const queue = recordingQueue();
    const grant = { ...mailbox, owner: 'tenant-1', refreshToken: 'canary' };
    await enqueueErasure(grant, queue, () => 'job-1');
    expect(queue.sent).toEqual([{ kind: 'erase', ...mailbox, owner: 'tenant-1', jobId: 'job-1' }]);
  });

  test('is not promised when the queue does not take it', async () => {
    const queue = recordingQueue();
    queue.takes = false;
    await expect(enqueueErasure(mailbox, queue)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});

describe('an erasure', () => {
  const message = { kind: 'erase' as const, ...mailbox, owner: 'tenant-1', jobId: 'job-1' };

  function build(
    finished: boolean | Problem,
    { announced = [], connected }: { announced?: readonly Change[]; connected?: string } = {},
  ) {
    const feed = new MemoryFeed();
    for (const change of announced) void feed.append(change);
    const mailboxes = memoryMailboxes(stateOf());
    const queue = recordingQueue();
    const announcedBefore: string[] = [];
    const recorded: Erasure[] = [];
    const erased: { key: MailboxKey; until: number; stateStood: boolean }[] = [];
    const run = (changes: { owner?: string | undefined; begun?: boolean } = {}) =>
      eraseCopy(
        { ...message, ...changes },
        { endsAt: testStart + 60_000 },
        {
          copy: {
            erase: async ({ accountId, generation }, until) => {
              erased.push({ key: { accountId, generation }, until, stateStood: mailboxes.rows.size === 1 });
              announcedBefore.push(...feed.list('account#account-1').map(({ type }) => type));
              if (finished instanceof Problem) throw finished;
              return finished;
            },
          },
          mailboxes,
          changes: { feed, times: { write: 10_000 }, clock: testClock() },
          erasures: { write: async (erasure) => void recorded.push(erasure) },
          findGrant: async ({ generation }) => (generation === connected ? {} : undefined),
          queue,
          clock: testClock(),
          newId: numberedTokens('next'),
        },
      );
    return { mailboxes, queue, erased, recorded, feed, announcedBefore, run };
  }

  test('removes the copy, then the state', async () => {
    const { run, erased, mailboxes, queue } = build(true);
    await run();
    expect(erased).toMatchObject([{ key: mailbox, stateStood: true }]);
    expect(mailboxes.writes).toEqual(['delete account-1 generation-1']);
    expect(mailboxes.rows.size).toBe(0);
    expect(queue.sent).toEqual([]);
  });

  test('is written down, also when nothing can be erased yet, and once', async () => {
    const { run, recorded } = build(new Problem('storage_unavailable'));
    await expect(run()).rejects.toThrow();
    expect(recorded).toEqual([{ ...mailbox, owner: 'tenant-1', at: testStart }]);
    await expect(run({ begun: true })).rejects.toThrow();
    expect(recorded).toHaveLength(1);
  });

  test('ends in time: a few seconds are left to hand on what is left', async () => {
    const { run, erased } = build(true);
    await run();
    expect(erased).toMatchObject([{ until: testStart + 55_000 }]);
  });

  test('that does not fit one run continues in the next; the state is kept until it is done', async () => {
    const { run, queue, mailboxes } = build(false);
    await run();
    expect(queue.sent).toMatchObject([{ kind: 'erase', ...mailbox, owner: 'tenant-1', begun: true }]);
    expect(queue.sent[0]?.jobId).not.toBe('job-1');
    expect(mailboxes.writes).toEqual([]);
  });

  test('that cannot be handed on fails, so that the queue delivers its message again', async () => {
    const { run, queue } = build(false);
    queue.takes = false;
    await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  test('that fails leaves the state, so that it is found again', async () => {
    const { run, mailboxes } = build(new Problem('storage_unavailable'));
    await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(mailboxes.writes).toEqual([]);
  });

  test('leaves the state of a mailbox that was connected anew', async () => {
    const { run, mailboxes } = build(true);
    const anew = stateOf({ generation: 'generation-2' });
    mailboxes.rows.set('account-1', anew);
    await run();
    expect(mailboxes.rows.get('account-1')).toEqual(anew);
  });

  describe('in the change feed', () => {
    const announced = [
      changeAt(testStart - 3, { owner: 'tenant-0' }),
      changeAt(testStart - 2, { owner: 'tenant-0', type: 'added', messages: changedMessages(2) }),
      changeAt(testStart - 1, { owner: 'tenant-0', type: 'paused', reason: 'grant_revoked' }),
    ];
    const typesOf = (changes: readonly Change[]) => changes.map(({ type }) => type);

    test('announces the disconnect first, then erases the changes of messages', async () => {
      const { run, feed, announcedBefore } = build(true, { announced });
      await run();
      expect(announcedBefore).toEqual(['connected', 'paused', 'disconnected']);
      expect(typesOf(feed.list('account#account-1'))).toEqual(['connected', 'paused', 'disconnected']);
      expect(typesOf(feed.list('owner#tenant-0'))).toEqual(['connected', 'paused']);
      expect(typesOf(feed.list('owner#tenant-1'))).toEqual(['disconnected']);
    });

    test('knows the owner from the feed where the message does not name one', async () => {
      const { run, feed } = build(true, { announced });
      await run({ owner: undefined });
      expect(typesOf(feed.list('owner#tenant-0'))).toEqual(['connected', 'paused', 'disconnected']);
    });

    test('announces it again if it was cut off: some feeds may lack it', async () => {
      const ended = changeAt(testStart - 1, { type: 'disconnected' });
      const { run, feed } = build(true, { announced: [ended] });
      await run();
      expect(typesOf(feed.list('account#account-1'))).toEqual(['disconnected', 'disconnected']);
    });

    test('does not announce it again when it continues', async () => {
      const { run, feed, erased } = build(true, { announced });
      await run({ begun: true });
      expect(erased).toHaveLength(1);
      expect(typesOf(feed.list('account#account-1'))).toEqual(['connected', 'paused']);
    });

    test.each([undefined, 'tenant-2'])(
      'announces the end to its owner though the account has connected anew for %s',
      async (owner) => {
        const anew = changeAt(testStart, { generation: 'generation-2', ...(owner && { owner }) });
        const { run, feed } = build(true, { announced: [...announced, anew], connected: 'generation-2' });
        await run({ owner: 'tenant-0' });
        expect(feed.list('owner#tenant-0').at(-1)).toMatchObject({ ...mailbox, type: 'disconnected' });
      },
    );

    test('says nothing of an end when the account has connected anew', async () => {
      const anew = changeAt(testStart, { generation: 'generation-2', owner: 'tenant-1' });
      const { run, feed } = build(true, { announced: [...announced, anew], connected: 'generation-2' });
      await run();
      expect(typesOf(feed.list('account#account-1'))).toEqual(['connected', 'paused', 'connected']);
    });

    describe('the end of a mailbox that only some feeds know to be connected', () => {
      const before = changeAt(testStart - 9, { generation: 'generation-0', owner: 'tenant-1' });
      test.each(['disconnected', 'caught_up'] as const)(
        'is published to those, after “%s” of the generation before',
        async (type) => {
          const { run, feed } = build(true, { announced: [{ ...before, type }] });
          feed.put('owner#tenant-1', changeAt(testStart - 1, { owner: 'tenant-1' }));
          await run();
          expect(feed.list('owner#tenant-1').at(-1)).toMatchObject({ ...mailbox, type: 'disconnected' });
        },
      );

      test('is not published to the owner of the generation before', async () => {
        const { run, feed } = build(true, { announced: [{ ...before, type: 'disconnected' }] });
        await run({ owner: undefined });
        expect(typesOf(feed.list('owner#tenant-1'))).toEqual(['disconnected']);
      });
    });

    test('continues later with what it cannot erase in time, and leaves the copy until then', async () => {
      const { run, feed, erased, queue } = build(true, { announced });
      feed.eraseMessages = async () => false;
      await run();
      expect(erased).toEqual([]);
      expect(queue.sent).toMatchObject([{ kind: 'erase', begun: true }]);
    });
  });
});
