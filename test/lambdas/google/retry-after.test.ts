import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryAfterSeconds } from '../../../lambdas/google/retry-after.ts';
import { testStart } from '../../support/doubles/clock.ts';

const secondsOf = (header: string | undefined, message = '') =>
  retryAfterSeconds(new Headers(header === undefined ? {} : { 'retry-after': header }), message, testStart);
const inAMinute = new Date(testStart + 60_000);

test.each([
  ['seconds', '17', '', 17],
  ['no seconds at all', '0', '', 1],
  ['a date', inAMinute.toUTCString(), '', 60],
  ['a date in the past', new Date(testStart - 60_000).toUTCString(), '', 1],
  [
    'a time in the text',
    undefined,
    `User-rate limit exceeded.  Retry after ${inAMinute.toISOString()} (Mail sending)`,
    60,
  ],
  ['a time at the end of the text', undefined, `Retry after ${inAMinute.toISOString()}`, 60],
  ['parts of a second, rounded up', undefined, `Retry after ${new Date(testStart + 1_500).toISOString()}`, 2],
  ['a header before the text', '5', `Retry after ${inAMinute.toISOString()}`, 5],
  ['longer than a day', '9999999', '', 86_400],
  ['an absurd number', '9'.repeat(400), '', 86_400],
])('%s', (_, header, message, expected) => {
  expect(secondsOf(header, message)).toBe(expected);
});

test.each([
  ['garbage', 'soon', ''],
  ['garbage in the text', undefined, 'Retry after lunch'],
  ['nothing', undefined, ''],
])('%s names no time', (_, header, message) => {
  expect(secondsOf(header, message)).toBeUndefined();
});

test('whatever Google writes, it is whole seconds within a day, or no time at all', () => {
  const header = fc.oneof(
    fc.string(),
    fc.integer().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  );
  fc.assert(
    fc.property(header, (text) => {
      const seconds = retryAfterSeconds({ get: () => text }, '', testStart);
      if (seconds === undefined) return;
      expect(Number.isInteger(seconds)).toBe(true);
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(seconds).toBeLessThanOrEqual(86_400);
    }),
    { numRuns: 1_000 },
  );
});
