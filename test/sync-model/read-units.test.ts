import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { createMailboxesTable } from '../../lambdas/aws/mailboxes-table.ts';
import { createUsageTable } from '../../lambdas/aws/usage-table.ts';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { dispatch } from '../../lambdas/sync/dispatch/dispatch.ts';
import { newMailboxState } from '../../lambdas/sync/mailbox/connect.ts';
import { recordingQueue } from '../lambdas/sync/recording-queue.ts';
import { dynamoDb } from '../support/aws-doubles.ts';
import { recordingLog } from '../support/doubles/recording-log.ts';
import { tokenNamed } from '../support/doubles/tokens.ts';

const minute = 60_000;
const hour = 60 * minute;
const now = Date.UTC(2027, 0, 1);
const quota = quotaProfiles['2026'];
const pace = { minute, poll: minute, quietPoll: 5 * minute, verifyEvery: 7 * 24 * hour };

/** The least that DynamoDB charges for a query, which the embedded one leaves out (read units, not consistent). */
const leastOfQuery = 0.5;

const consumed = v.object({ ConsumedCapacity: v.object({ CapacityUnits: v.number() }) });

/** Adds up the read units of every query, as DynamoDB reports them. */
function meterReads(tables: DynamoDBDocumentClient): { units: number; queries: number } {
  const read = { units: 0, queries: 0 };
  tables.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
      if ('Items' in answer.output) {
        const { CapacityUnits: units } = v.parse(consumed, answer.output).ConsumedCapacity;
        read.units += Math.max(units, leastOfQuery);
        read.queries += 1;
      }
      return answer;
    },
    { step: 'initialize' },
  );
  return read;
}

test('a tick’s read units, as DynamoDB counts them, grow with the mailboxes that are due, not with all', async () => {
  const { tables, names, calls } = await dynamoDb();
  const mailboxes = createMailboxesTable(tables, names.mailboxes);
  const usage = createUsageTable(tables, names.usage);
  const read = meterReads(tables);
  let all = 0;

  async function add(count: number, nextDueAt: number): Promise<void> {
    const numbers = Array.from({ length: count }, (_, index) => all + index).values();
    all += count;
    const write = async () => {
      for (const number of numbers) {
        // As long as they really are.
        const key = { accountId: `1${String(number).padStart(20, '0')}`, generation: tokenNamed('one') };
        const spends = [2, 40].map((units) => ({ at: now - 2 * minute + units, units }));
        const state = { ...newMailboxState(key, now, quota), spends, wants: 42, nextDueAt };
        await mailboxes.create({ ...state, phase: 'live', dueClass: 'changes' });
      }
    };
    await Promise.all(Array.from({ length: 20 }, write));
  }

  async function tick(scheduledAt: number) {
    Object.assign(read, { units: 0, queries: 0 });
    calls.length = 0;
    const stores = { mailboxes, usage, queue: recordingQueue() };
    const { admitted } = await dispatch(scheduledAt, { ...stores, quota, pace, log: recordingLog() });
    const scans = calls.filter(({ action }) => action === 'Scan').length;
    return { admitted, scans, queries: read.queries, units: read.units };
  }

  await add(300, now + hour);
  await add(200, now);
  const few = await tick(now);
  await add(2_500, now + hour);
  await add(200, now + minute);
  const many = await tick(now + minute);
  await add(1_200, now + 2 * minute);
  const busy = await tick(now + 2 * minute);

  expect(few).toMatchObject({ admitted: 200, scans: 0 });
  expect(many).toMatchObject({ admitted: 200, scans: 0, queries: few.queries });
  expect(busy).toMatchObject({ admitted: 1_200, scans: 0 });
  // Six times as many mailboxes: the same, but for how they fall into the shards.
  expect(Math.abs(many.units - few.units)).toBeLessThan(0.15 * few.units);
  // Six times as many due: more, though not six times, since each query costs something even where none is due.
  expect(busy.units).toBeGreaterThan(1.5 * many.units);
  expect(busy.units).toBeLessThan(6 * many.units);
});
