import { expect, test } from 'vitest';
import { createGrantList } from '../../../lambdas/aws/grant-list.ts';
import { createGrantsTable } from '../../../lambdas/aws/grants-table.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { bindingCipher } from '../../support/doubles/binding-cipher.ts';
import { grantOf } from '../../support/doubles/grants.ts';

test('the list of grants has every grant, without its tokens, and asks for none', async () => {
  const { tables, names, calls } = await dynamoDb();
  const store = createGrantsTable(tables, names.grants);
  const accounts = Array.from({ length: 30 }, (_, number) => `account-${number}`);
  for (const accountId of accounts) {
    const grant = await grantOf(bindingCipher(), { accountId, status: 'disconnecting' });
    await store.replace(grant, undefined);
  }
  calls.length = 0;
  const pages = await Array.fromAsync(createGrantList(tables, names.grants).pages());
  expect(pages.flat().toSorted((one, other) => one.accountId.localeCompare(other.accountId))).toEqual(
    accounts.toSorted().map((accountId) => ({
      accountId,
      generation: 'generation-1',
      status: 'disconnecting',
      connectedAt: expect.any(Number),
    })),
  );
  const list = createGrantList(tables, names.grants);
  const [first = ''] = pages.flat().map(({ accountId }) => accountId);
  const later = (await Array.fromAsync(list.pages(first))).flat();
  expect(later.map(({ accountId }) => accountId)).toEqual(
    pages
      .flat()
      .slice(1)
      .map(({ accountId }) => accountId),
  );
  expect([...(await list.findAll(['account-3', 'nobody', 'account-4'])).keys()].toSorted()).toEqual([
    'account-3',
    'account-4',
  ]);
  const named = calls.flatMap(({ input }) => Object.values(input['ExpressionAttributeNames'] ?? {}));
  expect(new Set(named)).toEqual(
    new Set([
      'accountId',
      'generation',
      'status',
      'statusSince',
      'connectedAt',
      'grantExpiresAt',
      'announcedExpiry',
    ]),
  );
});
