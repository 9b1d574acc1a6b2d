import { describe, expect, test } from 'vitest';
import { Problem } from '../../../../lambdas/errors.ts';
import { createAccessTokens } from '../../../../lambdas/grants/access-tokens.ts';
import { tokenContext } from '../../../../lambdas/grants/vault.ts';
import { tryGrant } from '../../../../lambdas/sync/mailbox/try-grant.ts';
import { bindingCipher } from '../../../support/doubles/binding-cipher.ts';
import { testClock, testStart } from '../../../support/doubles/clock.ts';
import { grantOf } from '../../../support/doubles/grants.ts';
import { MemoryFeed } from '../../../support/doubles/memory-feed.ts';
import { memoryGrants } from '../../../support/doubles/memory-grants.ts';
import { recordingLog } from '../../../support/doubles/recording-log.ts';
import { scriptedRefresh } from '../../../support/doubles/scripted-refresh.ts';
import { mailbox, memoryMailboxes, stateOf } from '../memory-mailboxes.ts';

const day = 86_400_000;

async function build(changes: Parameters<typeof grantOf>[1] = {}) {
  const clock = testClock();
  const cipher = bindingCipher();
  const revoked = { status: 'revoked', statusSince: testStart - day, owner: 'tenant-1' } as const;
  const grant = await grantOf(cipher, { ...revoked, ...changes });
  const grants = memoryGrants(grant);
  const google = scriptedRefresh(clock);
  const log = recordingLog();
  const mailboxes = memoryMailboxes(stateOf({ phase: 'paused', pausedBecause: 'grant_revoked' }));
  const feed = new MemoryFeed();
  const metrics = () => {};
  const attempt = (differences: Partial<Parameters<typeof tryGrant>[1]> = {}) =>
    tryGrant(mailbox, {
      grants,
      accessTokens: createAccessTokens({ grants, cipher, google, log, metrics, clock }),
      clientId: async () => 'client-1',
      mailboxes,
      changes: { feed, times: { write: 1 }, clock },
      log,
      clock,
      ...differences,
    });
  const row = () => grants.rows.get(grant.accountId);
  const phase = () => mailboxes.rows.get(grant.accountId)?.phase;
  const published = () => feed.list('account#account-1').map(({ type, owner }) => [type, owner]);
  const storedToken = async () => {
    const { accessToken } = row() ?? {};
    return accessToken && cipher.decrypt(accessToken.ciphertext, tokenContext(grant, 'access'));
  };
  return { grant, grants, google, log, attempt, row, phase, published, storedToken };
}

describe('a revoked grant that is tried', () => {
  test('and works again is active, its mailbox is resumed, and `connected` is announced', async () => {
    const { attempt, row, phase, published, storedToken } = await build();
    await attempt();
    expect(row()).toMatchObject({ status: 'active', statusSince: testStart });
    expect(await storedToken()).toBe('fresh-1');
    expect(phase()).toBe('live');
    expect(published()).toEqual([['connected', 'tenant-1']]);
  });

  test('and is refused again stays as it is', async () => {
    const { grant, google, attempt, row, phase, published } = await build();
    google.answer = async () => 'revoked';
    await attempt();
    expect(google.calls).toHaveLength(1);
    expect(row()).toEqual(grant);
    expect(phase()).toBe('paused');
    expect(published()).toEqual([]);
  });

  test.each<[string, Parameters<typeof grantOf>[1], number]>([
    ['30 days after it was revoked', { statusSince: testStart - 30 * day }, 1],
    ['not later', { statusSince: testStart - 30 * day - 1 }, 0],
    ['not where it is not known when', { statusSince: undefined }, 0],
    ['not while it is active', { status: 'active' }, 0],
    ['not while it is disconnecting', { status: 'disconnecting' }, 0],
    ['not in another generation', { generation: 'generation-2' }, 0],
    ['not for another OAuth client', { clientId: 'client-0' }, 0],
  ])('is tried: %s', async (_, changes, times) => {
    const { google, attempt } = await build(changes);
    await attempt();
    expect(google.calls).toHaveLength(times);
  });

  test('while Google is down is tried the next night, without another delivery', async () => {
    const { grant, google, attempt, row, log } = await build();
    google.answer = () => Promise.reject(new Problem('google_unavailable'));
    await attempt();
    expect(row()).toEqual(grant);
    expect(log.lines).toMatchObject([{ event: 'revoked grant not tried', code: 'google_unavailable' }]);
  });

  test('is tried again by another delivery where a table failed', async () => {
    const { grants, attempt, row, phase } = await build();
    const { putStatus } = grants;
    grants.putStatus = () => Promise.reject(new Problem('storage_unavailable'));
    await expect(attempt()).rejects.toThrow(new Problem('storage_unavailable'));
    expect([row()?.status, phase()]).toEqual(['revoked', 'paused']);
    grants.putStatus = putStatus;
    await attempt();
    expect([row()?.status, phase()]).toEqual(['active', 'live']);
  });

  test('stays in the hands of a disconnect that came meanwhile', async () => {
    const { grant, grants, google, attempt, row, phase } = await build();
    google.answer = async () => {
      await grants.putStatus(grant, 'disconnecting', testStart);
      return { token: 'fresh', expiresAt: testStart + day };
    };
    await attempt();
    expect([row()?.status, phase()]).toEqual(['disconnecting', 'paused']);
  });

  test('lets its mailbox go on though an earlier delivery died before that', async () => {
    const { attempt, phase } = await build({ status: 'active' });
    await attempt();
    expect(phase()).toBe('live');
  });
});
