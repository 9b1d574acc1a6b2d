import { expect, test } from 'vitest';
import { feedTimesOf } from '../../../lambdas/changes/feed-times.ts';

test('a stage’s feeds settle after 15 seconds, and a write is given up after 10', () => {
  expect(feedTimesOf({ minuteSeconds: 60 })).toEqual({ settle: 15_000, write: 10_000 });
});

test('where a minute is shorter they settle earlier, never before a write is given up', () => {
  const all = Array.from({ length: 60 }, (_, index) => feedTimesOf({ minuteSeconds: index + 1 }));
  for (const { settle, write } of all) {
    // No timer takes anything but whole numbers.
    expect(Number.isInteger(write)).toBe(true);
    expect(write).toBeGreaterThan(1_000);
    expect(settle - write).toBeGreaterThanOrEqual(settle / 3);
  }
  expect(all[0]?.settle).toBe(2_000);
  expect(all.map(({ settle }) => settle)).toEqual(all.map(({ settle }) => settle).toSorted((a, b) => a - b));
});
