import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { createLiveUnitsTable, createSyncUnitsReader } from '../../../lambdas/aws/live-units.ts';
import { createMailboxesTable } from '../../../lambdas/aws/mailboxes-table.ts';
import type { LedgerEntry } from '../../../lambdas/sync/mailbox/mailbox-state.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { mailbox, stateOf } from '../sync/memory-mailboxes.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 10, 1, 12);

test('units of a mailbox’s minute add up, whoever counts them, and no others', async () => {
  const { tables, names } = await dynamoDb();
  const live = createLiveUnitsTable(tables, names.usage);
  const sums = await Promise.all([5, 20, 1].map((units) => live.add(mailbox, noon, units)));
  expect(Math.max(...sums)).toBe(26);
  expect(await live.add({ ...mailbox, accountId: 'account-2' }, noon, 7)).toBe(7);
  expect(await live.add(mailbox, noon + minute, 3)).toBe(3);
  const read = [noon - minute, noon, noon + minute].map((startsAt) => live.read(mailbox, startsAt));
  expect(await Promise.all(read)).toEqual([0, 26, 3]);
});

test('a minute’s row ends by itself', async () => {
  const { tables, names } = await dynamoDb();
  await createLiveUnitsTable(tables, names.usage).add(mailbox, noon, 5);
  const Key = { id: 'live#account-1#2026-11-01T12:00:00.000Z' };
  const { Item: item } = await tables.send(new GetCommand({ TableName: names.usage, Key }));
  expect(item).toEqual({ ...Key, units: 5, schemaVersion: 1, expiresAt: noon / 1_000 + 3_600 });
});

test('the sync has spent what its trailing minute holds, and what is granted to the job that runs', async () => {
  const { tables, names } = await dynamoDb();
  const unitsOfSync = createSyncUnitsReader(tables, names.mailboxes);
  expect(await unitsOfSync(mailbox, noon, minute)).toEqual({ trailing: 0, wants: 0 });
  const spends: LedgerEntry[] = [
    { at: noon - minute, units: 1_000 },
    { at: noon - minute + 1, units: 200 },
    { at: noon - 30_000, units: 30, mark: 'counted' },
    { at: noon - 20_000, units: 4, mark: 'reserved' },
    { at: noon - 10_000, units: 10_000, mark: 'granted' },
    { at: noon - 10_000, units: 10_000, mark: 'grantedToBackfill' },
  ];
  await createMailboxesTable(tables, names.mailboxes).create(stateOf({ spends, wants: 42 }));
  expect(await unitsOfSync(mailbox, noon, minute)).toEqual({ trailing: 234, wants: 42 });
  const before = { ...mailbox, generation: 'generation-0' };
  expect(await unitsOfSync(before, noon, minute)).toEqual({ trailing: 0, wants: 0 });
});
