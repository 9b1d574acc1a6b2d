import { describe, expect, it } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import type { LogFields } from '../../../lambdas/log.ts';
import type { SyncMessage } from '../../../lambdas/sync/mailbox/sync-queue.ts';
import { processBatch } from '../../../lambdas/sync/process-batch.ts';
import { again, eventOf } from '../../support/queue-messages.ts';

const job = (accountId: string, jobId = 'job') => ({ kind: 'sync', accountId, generation: 'now', jobId });

async function take(event: ReturnType<typeof eventOf>, work: (message: SyncMessage) => void = () => {}) {
  const taken: string[] = [];
  const logged: LogFields[] = [];
  const figures: unknown[] = [];
  const { batchItemFailures } = await processBatch(event, {
    work: async (message, delivery) => {
      work(message);
      taken.push(`${message.accountId} ${message.jobId} ${delivery}`);
    },
    log: { info: () => {}, warn: () => {}, error: (fields) => logged.push(fields) },
    metrics: (one) => figures.push(one),
  });
  return { left: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), taken, logged, figures };
}

function failAt(accountId: string, error: unknown) {
  return (message: SyncMessage) => {
    if (message.accountId === accountId) throw error;
  };
}

describe('the messages of an event', () => {
  it('are all taken, with how often each was delivered', async () => {
    const { left, taken, logged } = await take(again(eventOf(job('1'), job('2'))));
    expect(taken.toSorted()).toEqual(['1 job 2', '2 job 2']);
    expect([left, logged]).toEqual([[], []]);
  });

  it('are delivered again where they failed, and where they stand behind such a one', async () => {
    const event = eventOf(job('1', 'a'), job('2', 'b'), job('1', 'c'));
    const { left, taken } = await take(event, failAt('1', new Error('no')));
    expect(left).toEqual(['message-0', 'message-2']);
    expect(taken).toEqual(['2 b 1']);
  });

  it('fail alone where they are none of ours', async () => {
    const { left, taken } = await take(eventOf('no JSON', job('2'), { kind: 'purge', accountId: '3' }));
    expect(left).toEqual(['message-0', 'message-2']);
    expect(taken).toEqual(['2 job 1']);
  });
});

describe('a failure', () => {
  it('is logged with its account and what kind of error it was, never with what that says', async () => {
    const { logged } = await take(eventOf(job('1')), failAt('1', new TypeError('a secret')));
    expect(logged).toEqual([
      {
        event: 'message failed',
        accountId: '1',
        errorName: 'TypeError',
        errorCode: undefined,
        stack: expect.stringContaining('process-batch.test.ts'),
      },
    ]);
    expect(JSON.stringify(logged)).not.toContain('a secret');
  });

  it('of a known kind is logged with its code and its cause', async () => {
    const cause = Object.assign(new Error('no'), { name: 'ThrottlingException' });
    const { logged } = await take(
      eventOf(job('1')),
      failAt('1', new Problem('storage_unavailable', { cause })),
    );
    expect(logged).toMatchObject([
      { accountId: '1', code: 'storage_unavailable', errorName: 'ThrottlingException' },
    ]);
  });

  it('of a known kind without a cause is logged with where it arose', async () => {
    const { logged } = await take(eventOf(job('1')), failAt('1', new Problem('storage_unavailable')));
    const stack = expect.stringContaining('process-batch.test.ts');
    expect(logged).toMatchObject([{ code: 'storage_unavailable', errorName: 'Problem', stack }]);
  });

  it('of a message that is none of ours is logged without the account that it names', async () => {
    const { logged } = await take(eventOf({ kind: 'purge', accountId: 'anything' }));
    expect(logged).toMatchObject([{ event: 'message failed', errorName: 'UnknownSyncMessage' }]);
    expect(JSON.stringify(logged)).not.toContain('anything');
  });

  it('is counted, unlike the messages behind it, since Lambda counts no failure of a run that answers', async () => {
    const event = eventOf('no JSON', job('1', 'a'), job('1', 'b'), job('2'));
    const { figures } = await take(event, failAt('1', new Error('no')));
    expect(figures).toEqual([{ FailedJobs: { value: 2, unit: 'Count' } }]);
  });

  it('that did not happen is no figure', async () => {
    const { figures } = await take(eventOf(job('1')));
    expect(figures).toEqual([{}]);
  });
});
