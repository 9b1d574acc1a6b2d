import { describe, expect, test } from 'vitest';
import type { MailboxKey } from '../../../lambdas/copied-message.ts';
import { Problem } from '../../../lambdas/errors.ts';
import { eraseCopy, requestErasure } from '../../../lambdas/sync/erase.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { numberedTokens } from '../../support/doubles/tokens.ts';
import { mailbox, memoryMailboxes, stateOf } from './memory-mailboxes.ts';
import { recordingQueue } from './recording-queue.ts';

describe('an erasure that is asked for', () => {
  test('goes to the queue, with no more of the grant than whose copy it is', async () => {
    const queue = recordingQueue();
    await requestErasure({ ...mailbox, ...{ refreshToken: 'canary' } }, queue, () => 'job-1');
    expect(queue.sent).toEqual([{ kind: 'erase', ...mailbox, jobId: 'job-1' }]);
  });

  test('is another message each time: the queue drops what it takes for a duplicate', async () => {
    const queue = recordingQueue();
    await requestErasure(mailbox, queue);
    await requestErasure(mailbox, queue);
    expect(new Set(queue.sent.map(({ jobId }) => jobId)).size).toBe(2);
  });

  test('is not promised when the queue does not take it', async () => {
    const queue = recordingQueue();
    queue.takes = false;
    await expect(requestErasure(mailbox, queue)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});

describe('an erasure', () => {
  const message = { kind: 'erase' as const, ...mailbox, jobId: 'job-1' };

  function build(finished: boolean | Problem) {
    const mailboxes = memoryMailboxes(stateOf());
    const queue = recordingQueue();
    const erased: { key: MailboxKey; until: number; stateStood: boolean }[] = [];
    const run = () =>
      eraseCopy(
        message,
        { endsAt: testStart + 60_000 },
        {
          copy: {
            erase: async ({ accountId, generation }, until) => {
              erased.push({ key: { accountId, generation }, until, stateStood: mailboxes.rows.size === 1 });
              if (finished instanceof Problem) throw finished;
              return finished;
            },
          },
          mailboxes,
          queue,
          newId: numberedTokens('next'),
        },
      );
    return { mailboxes, queue, erased, run };
  }

  test('removes the copy, then the state', async () => {
    const { run, erased, mailboxes, queue } = build(true);
    await run();
    expect(erased).toMatchObject([{ key: mailbox, stateStood: true }]);
    expect(mailboxes.writes).toEqual(['delete account-1 generation-1']);
    expect(mailboxes.rows.size).toBe(0);
    expect(queue.sent).toEqual([]);
  });

  test('ends in time: a few seconds are left to hand on what is left', async () => {
    const { run, erased } = build(true);
    await run();
    expect(erased).toMatchObject([{ until: testStart + 55_000 }]);
  });

  test('that does not fit one run goes on in the next; the state stands until it is done', async () => {
    const { run, queue, mailboxes } = build(false);
    await run();
    expect(queue.sent).toMatchObject([{ kind: 'erase', ...mailbox }]);
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
});
