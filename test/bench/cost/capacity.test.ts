import { describe, expect, it } from 'vitest';
import { tables } from '../../../infra/tables.ts';
import { readUnits, unitsOfChange } from './capacity.ts';
import { sizeOf, type WireItem } from './item-size.ts';

const mailbox = (more: WireItem = {}): WireItem => ({
  accountId: { S: '101' },
  generation: { S: 'one' },
  dueKey: { S: 'changes#1' },
  nextDueAt: { N: '1795400460000' },
  ...more,
});
const units = (before: WireItem | undefined, after: WireItem | undefined) =>
  unitsOfChange(tables.mailboxes, before, after);

describe('the size of an item', () => {
  it('is that of names and values, as the DynamoDB Developer Guide reckons', () => {
    expect(sizeOf({ name: { S: 'Zoë' } })).toBe(4 + 4);
    expect(sizeOf({ at: { N: '1795400460000' } })).toBe(2 + 8);
    expect(sizeOf({ body: { B: Buffer.from('12345').toString('base64') } })).toBe(4 + 5);
    expect(sizeOf({ list: { L: [{ BOOL: true }, { NULL: true }] } })).toBe(4 + 3 + 2 + 2);
    expect(sizeOf({ map: { M: { one: { S: 'x' } } } })).toBe(3 + 3 + 1 + 3 + 1);
  });
});

describe('the write units of a change', () => {
  it('are one for each beginning kilobyte, and as many for each index that shows it', () => {
    expect(units(undefined, mailbox())).toBe(2);
    expect(units(mailbox(), undefined)).toBe(2);
    expect(units(undefined, mailbox({ lastError: { S: 'x'.repeat(1_000) } }))).toBe(2 + 1);
  });

  it('are two in an index whose key changed: one entry goes, one comes', () => {
    expect(units(mailbox(), mailbox({ nextDueAt: { N: '1795400760000' } }))).toBe(1 + 2);
  });

  it('are one in an index that shows the change beside its key, and none in one that does not', () => {
    expect(units(mailbox(), mailbox({ wants: { N: '42' } }))).toBe(1 + 1);
    expect(units(mailbox(), mailbox({ lastSyncAt: { N: '1795400460000' } }))).toBe(1);
  });

  it('are one where an item leaves an index', () => {
    const { dueKey: _, ...paused } = mailbox();
    expect(units(mailbox(), paused)).toBe(1 + 1);
  });
});

describe('the read units of a call', () => {
  it('are one for each beginning four kilobytes, half where what is read may be old, and never none', () => {
    expect([readUnits(0, true), readUnits(4_096, true), readUnits(4_097, true)]).toEqual([1, 1, 2]);
    expect([readUnits(0, false), readUnits(4_097, false)]).toEqual([0.5, 1]);
  });
});
