import { expect, test } from 'vitest';
import { isVerifySlotDue } from '../../../../lambdas/sync/verify/verify-slot.ts';
import { testStart } from '../../../support/doubles/clock.ts';

const hour = 3_600_000;
const week = 7 * 24 * hour;

/** In which hour of the week after a mailbox was connected, or compared, its comparison is due. */
function hourOf(accountId: string, mailbox: { connectedAt: number; verifiedAt?: number }): number {
  const since = mailbox.verifiedAt ?? mailbox.connectedAt;
  for (let hours = 1; hours <= 7 * 24; hours += 1) {
    if (isVerifySlotDue({ accountId, ...mailbox }, since + hours * hour, week)) return hours;
  }
  return Number.NaN;
}

test('mailboxes that were connected at once are compared over the whole week', () => {
  const days = Array.from({ length: 700 }, (_, number) =>
    Math.ceil(hourOf(`account-${number}`, { connectedAt: testStart }) / 24),
  );
  for (let day = 1; day <= 7; day += 1) {
    const compared = days.filter((one) => one === day).length;
    expect(compared).toBeGreaterThan(70);
    expect(compared).toBeLessThan(130);
  }
});

test('a mailbox is compared again a week after its slot', () => {
  const first = testStart + hourOf('account-1', { connectedAt: testStart }) * hour;
  const next = hourOf('account-1', { connectedAt: testStart, verifiedAt: first });
  expect(next).toBeGreaterThanOrEqual(7 * 24 - 1);
});
