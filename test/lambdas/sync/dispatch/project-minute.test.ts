import { describe, expect, test } from 'vitest';
import { quotaProfiles } from '../../../../lambdas/google/quota-prices.ts';
import { ProjectMinute } from '../../../../lambdas/sync/dispatch/project-minute.ts';
import type { DueClass, DueMailbox } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';

/** A minute of 9,000 units. */
const quota = { ...quotaProfiles['2026'], unitsPerProjectMinute: 10_000 };

const due = (dueClass: DueClass, wants: number): DueMailbox => ({
  ...{ accountId: 'account-1', generation: 'generation-1', nextDueAt: 0, spends: [] },
  dueClass,
  wants,
});

/** What so many mailboxes are granted, one after the other. */
function grants(minute: ProjectMinute, mailboxes: number, dueClass: DueClass, wants: number): number[] {
  return Array.from({ length: mailboxes }, () => minute.grant(due(dueClass, wants)));
}

const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);

describe('polls', () => {
  test('have room for two messages, then for one, then for none', () => {
    const granted = grants(new ProjectMinute(quota, 0), 200, 'changes', 42);
    expect([...Map.groupBy(granted, (units) => units)].map(([units, { length }]) => [units, length])).toEqual(
      [
        [42, 36],
        [22, 68],
        [2, 96],
      ],
    );
  });

  test('leave a quarter of the minute to what they find, when they get room for none', () => {
    const minute = new ProjectMinute(quota, 0);
    expect(minute.isCrowded).toBe(false);
    expect(sum(grants(minute, 5_000, 'changes', 42))).toBeLessThanOrEqual(0.75 * 9_000);
    expect(minute).toMatchObject({ isCrowded: true });
    minute.releaseForNews();
    expect(sum(grants(minute, 100, 'changes', 100))).toBe(2_200 + 50);
  });

  test('that know what they need get it, or a part that is worth a job; those behind get what is left', () => {
    const minute = new ProjectMinute(quota, 8_700);
    expect(grants(minute, 2, 'changes', 250)).toEqual([250, 50]);
    const another = new ProjectMinute(quota, 8_970);
    expect(another.grant(due('changes', 250))).toBe(0);
    expect(another.grant(due('changes', 42))).toBe(2);
  });
});

test('what an earlier tick granted of the same minute is not granted again', () => {
  const minute = new ProjectMinute(quota, 4_000);
  expect(sum(grants(minute, 10, 'more', 1_000))).toBe(5_000);
});

test('a backfill that does not fit gets what is left, but not too little to do anything with', () => {
  const minute = new ProjectMinute(quota, 0);
  expect(grants(minute, 2, 'more', 5_700)).toEqual([5_700, 3_300]);
  const another = new ProjectMinute(quota, 8_900);
  expect(grants(another, 2, 'more', 5_700)).toEqual([0, 0]);
  expect(another.grant(due('more', 90))).toBe(90);
});

describe('new mailboxes', () => {
  test('have a fifth of the minute for themselves, whatever changes', () => {
    const minute = new ProjectMinute(quota, 0);
    minute.reserveForNew(57_000);
    expect(sum(grants(minute, 20, 'changes', 1_000))).toBe(9_000 - 1_800);
    minute.divideAmongNew(10, 4);
    expect(grants(minute, 10, 'first', 5_700)).toEqual(Array.from({ length: 10 }, () => 180));
  });

  test('that want less keep less', () => {
    const minute = new ProjectMinute(quota, 0);
    minute.reserveForNew(500);
    expect(sum(grants(minute, 20, 'changes', 1_000))).toBe(8_500);
  });

  test.each([
    ['few get all they want', 5, 0, 5_700],
    ['many get a part', 20, 0, 2_250],
    ['many that wait longer get less', 20, 2.5, 900],
    ['very many get enough for a few messages', 1_000, 0, 106],
  ])('are admitted in time: %s', (_, mailboxes, waited, each) => {
    const minute = new ProjectMinute(quota, 0);
    minute.divideAmongNew(mailboxes, waited);
    expect(minute.grant(due('first', 5_700))).toBe(each);
  });
});

describe('comparisons', () => {
  test('have a tenth of the minute; those that find nothing left of it are polled', () => {
    const minute = new ProjectMinute(quota, 0);
    expect(grants(minute, 4, 'verify', 400)).toEqual([400, 400, 100, 42]);
  });
});
