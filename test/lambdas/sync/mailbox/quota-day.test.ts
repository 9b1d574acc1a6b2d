import { expect, test } from 'vitest';
import { quotaDay } from '../../../../lambdas/sync/mailbox/quota-day.ts';

const dayOf = (time: string) => quotaDay(Date.parse(time));

test.each([
  ['in winter', '2027-01-10T08:00:00Z', '2027-01-10'],
  ['in summer', '2027-07-10T07:00:00Z', '2027-07-10'],
  ['before the clocks go forward', '2027-03-14T08:00:00Z', '2027-03-14'],
  ['after the clocks went forward', '2027-03-15T07:00:00Z', '2027-03-15'],
  ['before the clocks go back', '2027-11-07T07:00:00Z', '2027-11-07'],
  ['after the clocks went back', '2027-11-08T08:00:00Z', '2027-11-08'],
])('a day of the quota begins at midnight in California, %s', (_, midnight, day) => {
  const before = Date.parse(midnight) - 1;
  expect(quotaDay(before)).toBe(new Date(Date.parse(day) - 1).toISOString().slice(0, 10));
  expect(dayOf(midnight)).toBe(day);
});

test('the days on which the clocks change have 23 and 25 hours', () => {
  const hoursOf = (day: string) => {
    const start = Date.parse(day) - 86_400_000;
    const hours = Array.from({ length: 72 }, (_, hour) => start + hour * 3_600_000);
    return hours.filter((time) => quotaDay(time) === day).length;
  };
  expect(hoursOf('2027-03-14')).toBe(23);
  expect(hoursOf('2027-11-07')).toBe(25);
  expect(hoursOf('2027-11-08')).toBe(24);
});
