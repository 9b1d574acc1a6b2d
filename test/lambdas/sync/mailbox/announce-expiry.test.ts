import { describe, expect, test } from 'vitest';
import type { Grant } from '../../../../lambdas/grants/grant.ts';
import { announceExpiry } from '../../../../lambdas/sync/mailbox/announce-expiry.ts';
import { bindingCipher } from '../../../support/doubles/binding-cipher.ts';
import { testClock, testStart } from '../../../support/doubles/clock.ts';
import { grantOf } from '../../../support/doubles/grants.ts';
import { MemoryFeed } from '../../../support/doubles/memory-feed.ts';
import { memoryGrants } from '../../../support/doubles/memory-grants.ts';
import { mailbox } from '../memory-mailboxes.ts';

const hour = 3_600_000;
const end = testStart + 40 * hour;

async function build(changes: Partial<Omit<Grant, 'refreshToken' | 'accessToken'>> = {}) {
  const feed = new MemoryFeed();
  const clock = testClock();
  const grants = memoryGrants(await grantOf(bindingCipher(), { grantExpiresAt: end, ...changes }));
  const changesOf = { feed, times: { write: 1 }, clock };
  const announce = () => announceExpiry(mailbox, { changes: changesOf, grants, clock });
  const announced = () => feed.list('account#account-1').map(({ type }) => type);
  return { feed, grants, announce, announced };
}

describe('the end of a grant that Google limits in time', () => {
  test('is announced once, with its time and for its owner', async () => {
    const { feed, announce } = await build({ owner: 'tenant-1' });
    await announce();
    await announce();
    const expected = { type: 'grant_expiring', grantExpiresAt: end, owner: 'tenant-1' };
    expect(feed.list('account#account-1')).toMatchObject([expected]);
    expect(feed.list('owner#tenant-1')).toHaveLength(1);
  });

  test.each<[string, Partial<Grant>, number]>([
    ['two days before', { grantExpiresAt: testStart + 48 * hour }, 1],
    ['not earlier', { grantExpiresAt: testStart + 48 * hour + 1 }, 0],
    ['not when it is over', { grantExpiresAt: testStart }, 0],
    ['not without a limit', { grantExpiresAt: undefined }, 0],
    ['not for a revoked grant', { status: 'revoked' }, 0],
    ['not for another generation', { generation: 'generation-2' }, 0],
    ['not again when a renewed token moves it by seconds', { announcedExpiry: end - 5_000 }, 0],
    ['again when it has moved by a day', { announcedExpiry: end - 24 * hour }, 1],
  ])('is announced: %s', async (_, { refreshToken: _token, accessToken: _access, ...changes }, times) => {
    const { announce, announced } = await build(changes);
    await announce();
    expect(announced()).toEqual(Array(times).fill('grant_expiring'));
  });

  test('is announced again if storing that it was fails', async () => {
    const { grants, announce, announced } = await build();
    const put = grants.putAnnouncedExpiry;
    grants.putAnnouncedExpiry = () => Promise.reject(new Error('no'));
    await expect(announce()).rejects.toThrow('no');
    grants.putAnnouncedExpiry = put;
    await announce();
    expect(announced()).toEqual(['grant_expiring', 'grant_expiring']);
  });
});
