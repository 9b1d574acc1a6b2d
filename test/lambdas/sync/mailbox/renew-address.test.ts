import { describe, expect, test } from 'vitest';
import { createAccountList } from '../../../../lambdas/aws/account-list.ts';
import { createGrantAddresses } from '../../../../lambdas/aws/grant-addresses.ts';
import { createGrantsTable } from '../../../../lambdas/aws/grants-table.ts';
import type { Grant } from '../../../../lambdas/grants/grant.ts';
import { renewAddress } from '../../../../lambdas/sync/mailbox/renew-address.ts';
import { parseSyncMessage } from '../../../../lambdas/sync/mailbox/sync-queue.ts';
import { dynamoDb } from '../../../support/aws-doubles.ts';
import { bindingCipher } from '../../../support/doubles/binding-cipher.ts';
import { testStart } from '../../../support/doubles/clock.ts';
import { grantOf } from '../../../support/doubles/grants.ts';
import { recordingQueue } from '../recording-queue.ts';

const shared = 'shared@example.com';
const moved = 'moved@example.com';

/** The table of grants with `1`, which had the shared address first, and `2`, which consented with it or another. */
async function build(second: Partial<Grant> = {}) {
  const { tables, names } = await dynamoDb();
  const grants = createGrantsTable(tables, names.grants);
  const queue = recordingQueue();
  const cipher = bindingCipher();
  const first = await grantOf(cipher, { accountId: '1', email: shared, consentId: 'consent-a' });
  await grants.replace(first, undefined);
  const other = await grantOf(cipher, { email: shared, connectedAt: testStart + 1 });
  await grants.replace({ ...other, accountId: '2', generation: 'generation-2', ...second }, undefined);
  const { list } = createAccountList(tables, names.grants);
  return {
    grants,
    queue,
    /** Google shows an address with an account. */
    show: async (accountId: string, email: string, emailVerified = true) => {
      const grant = await grants.find(accountId);
      if (grant === undefined) throw new Error(`There is no account ${accountId}.`);
      const addresses = createGrantAddresses(tables, names.grants);
      await renewAddress(grant, { email, emailVerified }, { addresses, queue });
    },
    stored: async () => [(await grants.find('1'))?.email, (await grants.find('2'))?.email],
    found: async (email: string) =>
      (await list({ email, limit: 10 })).accounts.map(({ accountId }) => accountId),
    /** The accounts whose new address is to be published. */
    published: () => queue.sent.map(({ kind, accountId }) => [kind, accountId]),
  };
}

describe('an address', () => {
  test('that Google still shows changes nothing', async () => {
    const { show, stored, published } = await build({ email: moved });
    await show('1', shared);
    await show('1', 'SHARED@example.com');
    await show('1', '');
    expect(await stored()).toEqual([shared, moved]);
    expect(published()).toEqual([]);
  });

  test('for which Google did not vouch at the first consent finds no account until Google does', async () => {
    const { show, found, published } = await build({ email: moved, emailUnverified: true });
    await show('2', moved, false);
    expect(await found(moved)).toEqual([]);
    await show('2', moved);
    expect(await found(moved)).toEqual(['2']);
    expect(published()).toEqual([]);
  });

  test('that is new is stored and announced; the old one finds no account', async () => {
    const { show, found, stored, queue } = await build({ email: 'third@example.com' });
    await show('1', moved);
    expect(await stored()).toEqual([moved, 'third@example.com']);
    expect([await found(moved), await found(shared)]).toEqual([['1'], []]);
    const [message] = queue.sent;
    const jobId = expect.any(String);
    expect(message).toEqual({ kind: 'renamed', accountId: '1', generation: 'generation-1', jobId });
    expect(parseSyncMessage(JSON.stringify(message))).toEqual(message);
  });

  test('that comes to another account is taken from the one before, until Google shows what that has', async () => {
    const { show, found, stored, published, grants } = await build({ email: moved });
    await show('2', shared);
    expect(await stored()).toEqual(['', shared]);
    expect([await found(shared), await found(moved)]).toEqual([['2'], []]);
    expect(published()).toEqual([
      ['renamed', '1'],
      ['renamed', '2'],
    ]);
    // Not even when the account that has it goes.
    await grants.putStatus({ accountId: '2', consentId: 'consent-1' }, 'disconnecting', testStart);
    await grants.erase({ accountId: '2', generation: 'generation-2' });
    expect(await found(shared)).toEqual([]);
    await show('1', moved);
    expect(await found(moved)).toEqual(['1']);
  });

  test('that an older release stored with two accounts is left to the one that Google shows it with', async () => {
    const { show, found, stored } = await build();
    expect(await found(shared)).toEqual(['2']);
    await show('1', shared);
    expect(await stored()).toEqual([shared, '']);
    expect(await found(shared)).toEqual(['1']);
  });

  test('that Google does not vouch for is taken from no account', async () => {
    const { show, found, stored, published } = await build();
    await show('2', shared, false);
    expect(await stored()).toEqual([shared, '']);
    expect(await found(shared)).toEqual(['1']);
    await show('2', moved, false);
    await show('2', shared, false);
    expect(await stored()).toEqual([shared, '']);
    expect(published()).toEqual([['renamed', '2']]);
  });

  test('that Google no longer vouches for finds nobody, nor does one that Google no longer shows', async () => {
    const { show, found } = await build({ email: moved });
    await show('2', moved, false);
    expect(await found(moved)).toEqual([]);
    await show('2', moved);
    await show('2', shared, false);
    expect([await found(moved), await found(shared)]).toEqual([[], ['1']]);
  });

  test('at Gmail is the same with dots and without', async () => {
    const { show, stored, published } = await build({ email: 'first.last@gmail.com' });
    await show('2', 'firstlast@googlemail.com');
    expect(await stored()).toEqual([shared, 'first.last@gmail.com']);
    await show('1', 'f.irstlast@gmail.com');
    expect(await stored()).toEqual(['f.irstlast@gmail.com', '']);
    expect(published()).toEqual([
      ['renamed', '2'],
      ['renamed', '1'],
    ]);
  });

  test('that was shown before a later consent does not replace what that stored', async () => {
    const { grants, show, stored } = await build({ email: moved });
    const find = grants.find;
    grants.find = async (accountId) => {
      const found = await find(accountId);
      const later = found && { ...found, consentId: 'consent-later', email: 'later@example.com' };
      if (later !== undefined) await grants.replace(later, found);
      return found;
    };
    await show('1', 'shown@example.com');
    grants.find = find;
    expect(await stored()).toEqual(['later@example.com', moved]);
  });

  test('stays as it was where the change cannot be published: the next time does both', async () => {
    const { show, queue, stored } = await build({ email: moved });
    queue.takes = false;
    await expect(show('2', shared)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(await stored()).toEqual([shared, moved]);
  });
});
