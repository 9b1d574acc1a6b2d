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
  ['garbage', 'soon', '', 10],
  ['a negative number', '-5', '', expect.any(Number)],
  ['garbage in the text', undefined, 'Retry after lunch', 10],
  ['nothing', undefined, '', 10],
])('%s', (_, header, message, expected) => {
  const seconds = secondsOf(header, message);
  expect(seconds).toEqual(expected);
  expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_400).toBe(true);
});
