import { expect, test } from 'vitest';
import { prices } from '../../../infra/local/google/quota.ts';
import { quotaProfiles } from '../../../lambdas/google/quota-prices.ts';

test.each(['2026', 'legacy'] as const)('what %s charges is what the local Google takes', (profile) => {
  const taken = prices[profile];
  expect(quotaProfiles[profile].prices).toEqual({
    getProfile: taken.getProfile,
    listMessages: taken['messages.list'],
    listHistory: taken['history.list'],
    listLabels: taken['labels.list'],
    getMessage: taken['messages.get'],
    getThread: taken['threads.get'],
  });
});

test('a mailbox can be read at 300 messages a minute, 3,000 under the old prices', () => {
  const pace = ({ unitsPerUserMinute, prices }: (typeof quotaProfiles)['2026']) =>
    unitsPerUserMinute / prices.getMessage;
  expect([pace(quotaProfiles['2026']), pace(quotaProfiles.legacy)]).toEqual([300, 3_000]);
});

test('three messages of a thread are the first that come cheaper together', () => {
  for (const { prices } of Object.values(quotaProfiles)) {
    expect(prices.getThread).toBeLessThan(3 * prices.getMessage);
    expect(prices.getThread).toBeGreaterThanOrEqual(2 * prices.getMessage);
  }
});
