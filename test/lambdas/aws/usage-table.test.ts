import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { createTickReader, createUsageTable } from '../../../lambdas/aws/usage-table.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';

const noon = Date.UTC(2026, 10, 1, 12);

async function open() {
  const { tables, names } = await dynamoDb();
  const itemOf = async (id: string) =>
    (await tables.send(new GetCommand({ TableName: names.usage, Key: { id } }))).Item;
  return {
    usage: createUsageTable(tables, names.usage),
    ranTick: createTickReader(tables, names.usage),
    itemOf,
  };
}

test('a tick runs once, whoever begins it', async () => {
  const { usage, itemOf } = await open();
  const began = await Promise.all([usage.beginTick(noon), usage.beginTick(noon), usage.beginTick(noon)]);
  expect(began.toSorted()).toEqual([false, false, true]);
  expect(await usage.beginTick(noon + 60_000)).toBe(true);
  expect(await itemOf('tick#2026-11-01T12:00:00.000Z')).toEqual({
    id: 'tick#2026-11-01T12:00:00.000Z',
    schemaVersion: 1,
    runId: expect.any(String),
    expiresAt: noon / 1000 + 7 * 86_400,
  });
});

test('the units of each day add up', async () => {
  const { usage, itemOf } = await open();
  expect(await usage.readDay('2026-11-01')).toEqual({ all: 0, backfill: 0 });
  await usage.addToDay('2026-11-01', { all: 100, backfill: 40 });
  await usage.addToDay('2026-11-01', { all: 5, backfill: 0 });
  await usage.addToDay('2026-11-02', { all: 1, backfill: 1 });
  expect(await usage.readDay('2026-11-01')).toEqual({ all: 105, backfill: 40 });
  expect(await usage.readDay('2026-11-02')).toEqual({ all: 1, backfill: 1 });
  expect(await itemOf('day#2026-11-01')).toMatchObject({
    schemaVersion: 1,
    expiresAt: Date.UTC(2026, 10, 8) / 1000,
  });
});

test('the next tick knows what the last ones left it', async () => {
  const { usage, itemOf } = await open();
  expect(await usage.readTicks()).toEqual([]);
  const ticks = [{ at: noon, jobs: 2, units: 84 }];
  await usage.writeTicks([{ at: noon - 60_000, jobs: 1, units: 42 }]);
  await usage.writeTicks(ticks);
  expect(await usage.readTicks()).toEqual(ticks);
  expect(await itemOf('last-ticks')).toMatchObject({ schemaVersion: 1, expiresAt: noon / 1000 + 7 * 86_400 });
});

test('of several refusals of the project, the one that lasts longest counts', async () => {
  const { usage, itemOf } = await open();
  expect(await usage.slowedUntil()).toBe(0);
  await usage.slowDown(noon);
  await usage.slowDown(noon + 90_000);
  await usage.slowDown(noon + 30_000);
  expect(await usage.slowedUntil()).toBe(noon + 90_000);
  expect(await itemOf('slow-down')).toEqual({
    id: 'slow-down',
    schemaVersion: 1,
    until: noon + 90_000,
    expiresAt: noon / 1000 + 90 + 7 * 86_400,
  });
});

test('a tick is known to have run, at whatever second', async () => {
  const { usage, ranTick } = await open();
  await usage.beginTick(noon + 43_000);
  const later = noon + 240_000 + 500;
  expect(await ranTick(later, 240)).toBe(true);
  expect(await ranTick(later + 43_000, 240)).toBe(false);
  expect(await ranTick(noon + 42_999, 240)).toBe(false);
});
