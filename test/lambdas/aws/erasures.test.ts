import { describe, expect, test } from 'vitest';
import { createErasureRecord } from '../../../lambdas/aws/erasures.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { testStart } from '../../support/doubles/clock.ts';

const day = 86_400_000;

async function open() {
  const { tables, names, calls } = await dynamoDb();
  return { record: createErasureRecord(tables, names.changes), calls };
}

const erasure = { accountId: 'account-1', generation: 'generation-1', at: testStart };

describe('the record of erasures', () => {
  test('gives back what was written, oldest day first, for 40 days', async () => {
    const { record } = await open();
    const days = [0, -1, -39, -41].map((days) => ({
      ...erasure,
      generation: `g${days}`,
      at: testStart + days * day,
    }));
    for (const written of days) await record.write({ ...written, owner: 'tenant-1' });
    const pages = await Array.fromAsync(record.list(testStart));
    expect(pages.flat().map(({ generation }) => generation)).toEqual(['g-39', 'g-1', 'g0']);
    expect(pages.flat()[2]).toEqual({ ...erasure, generation: 'g0', owner: 'tenant-1' });
  });

  test('holds an erasure that is told twice once', async () => {
    const { record } = await open();
    await record.write(erasure);
    await record.write({ ...erasure, at: testStart + 1 });
    expect((await Array.fromAsync(record.list(testStart))).flat()).toHaveLength(1);
  });

  test('is read without a scan', async () => {
    const { record, calls } = await open();
    await Array.fromAsync(record.list(testStart));
    expect(new Set(calls.map(({ action }) => action))).toEqual(new Set(['Query']));
    expect(calls).toHaveLength(41);
  });
});
