import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../../../lambdas/errors.ts';
import { quotaProfiles } from '../../../../lambdas/google/quota-prices.ts';
import type { FetchAnswer } from '../../../../lambdas/sync/job/sync-gmail.ts';
import type { LedgerEntry } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { testStart } from '../../../support/doubles/clock.ts';
import { FaultPlan } from '../../../sync-model/fault-plan.ts';
import { LambdaProcess } from '../../../sync-model/lambda-process.ts';
import { VirtualTime } from '../../../sync-model/virtual-time.ts';
import { claim, open, run } from '../one-job.ts';

type Answers = readonly FetchAnswer[];

interface Differences {
  /** What Google answers to the batch of this number, from 0. */
  readonly answer?: (answers: Answers, batch: number) => Answers | Promise<Answers>;
  /** What happens when the batch of this number is stored, before it is. */
  readonly store?: (batch: number) => void;
  /** What the mailbox has spent of its minute. */
  readonly spends?: readonly LedgerEntry[];
}

/** Lets everything else go on for a moment. */
async function turns(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed += 1) await turn();
}

/** Copies a new mailbox in one job whose stores take longer than Google's answers; returns what was done, in order. */
async function copy(
  messages: number,
  { answer = (answers) => answers, store: beforeStore = () => {}, spends = [] }: Differences = {},
) {
  const opened = open(messages, { phase: 'backfill', spends }, 500);
  const { mailbox, tables, clock } = opened;
  const { historyId = '' } = tables.states.get('account-1') ?? {};
  const { copy: store } = tables.open(new LambdaProcess(new VirtualTime(testStart), new FaultPlan(), 0));
  const done: string[] = [];
  let [asked, stored] = [0, 0];
  const { state } = await run(opened, {
    gmail: {
      listHistory: async () => ({ records: [], historyId }),
      fetch: async (requests) => {
        done.push(`ask for ${requests.length}`);
        await turns(2);
        const answers = await answer(
          requests.map((request) => mailbox.fetch(request)),
          asked++,
        );
        done.push('answered');
        return answers;
      },
    },
    copy: {
      putAbsent: async (of, batch) => {
        done.push(`store ${batch.length}`);
        beforeStore(stored++);
        await turns(5);
        const refused = await store.putAbsent(of, batch);
        done.push('stored');
        return refused;
      },
    },
    sleep: async (milliseconds) => {
      await turns(10);
      clock.pass(milliseconds);
    },
  });
  return { done, state, copied: opened.rows.size };
}

const storageFails = () => {
  throw new Problem('storage_unavailable');
};

describe('messages', () => {
  test('are stored while the next batch is fetched, and no more than that is under way', async () => {
    const { done, copied } = await copy(70);
    expect(done).toEqual([
      ...['ask for 25', 'answered'],
      ...['ask for 26', 'store 25', 'answered', 'stored'],
      ...['ask for 19', 'store 26', 'answered', 'stored'],
      ...['store 19', 'stored'],
    ]);
    expect(copied).toBe(70);
  });

  test.for(['limited', 'again'] as const)(
    'are stored before anything else is fetched where Google did not answer in full: %s',
    async (kind) => {
      const answer = (answers: Answers, batch: number) =>
        batch === 0 ? [{ kind } as const, ...answers.slice(1)] : answers;
      const { done, copied } = await copy(40, { answer });
      expect(done.slice(0, 5)).toEqual(['ask for 25', 'answered', 'store 24', 'stored', expect.any(String)]);
      expect(done[4]).toMatch(/^ask/);
      expect(copied).toBe(40);
    },
  );

  test('that were fetched are stored though the next batch cannot be paid for', async () => {
    const { copied, state } = await copy(400);
    expect(copied).toBe(284);
    expect(state).toMatchObject({ phase: 'backfill', copied: 284 });
  });
});

describe('a batch that cannot be stored', () => {
  test('ends the job, once the answer that is under way has come', async () => {
    const store = (batch: number) => (batch === 0 ? storageFails() : undefined);
    const { done, state, copied } = await copy(70, { store });
    expect(done).toEqual(['ask for 25', 'answered', 'ask for 26', 'store 25', 'answered']);
    expect(copied).toBe(0);
    expect(state).toMatchObject({ lastError: { code: 'storage_unavailable' } });
    expect(state).not.toHaveProperty('claim.jobId');
  });

  test('ends it also while the next one waits for room in the minute: that is not asked for', async () => {
    const { listHistory, listMessages, getMessage } = quotaProfiles['2026'].prices;
    // Room for one batch, and for more ten seconds later.
    const units = claim.units - listHistory - listMessages - 25 * getMessage;
    const spends = [{ at: testStart - 50_000, units, mark: 'counted' as const }];
    const { done: all } = await copy(70, { spends });
    expect(all.slice(0, 5)).toEqual(['ask for 25', 'answered', 'store 25', 'stored', 'ask for 26']);
    const { done } = await copy(70, { spends, store: storageFails });
    expect(done).toEqual(['ask for 25', 'answered', 'store 25']);
  });

  test.for([
    ['in a part', (): Answers => [{ kind: 'limited', retryAfterSeconds: 300 }]],
    ['for the whole', () => Promise.reject(new Problem('rate_limited', { retryAfterSeconds: 300 }))],
  ] as const)('does not make us forget the time that Google names meanwhile, %s', async ([_, named]) => {
    const answer = (answers: Answers, batch: number) => (batch === 1 ? named() : answers);
    const store = (batch: number) => (batch === 0 ? storageFails() : undefined);
    const { state } = await copy(70, { answer, store });
    expect(state).toMatchObject({ notBefore: testStart + 300_000, waitsFor: 'rate_limited' });
  });
});
