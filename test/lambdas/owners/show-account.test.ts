import { expect, test } from 'vitest';
import type { SyncStatus } from '../../../lambdas/api/answers.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import type { Account } from '../../../lambdas/owners/account.ts';
import { showAccountRoute } from '../../../lambdas/owners/show-account.ts';
import { ask, backendRole, jsonOf, type TestRequest } from '../../support/api-event.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { askedScopes, grantedScopes } from '../../support/doubles/grants.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';

const ann: Account = {
  accountId: 'account-1',
  generation: 'generation-1',
  status: 'active',
  email: 'ann@example.com',
  owner: 'tenant-1',
  scopes: grantedScopes,
  connectedAt: testStart,
};

function show(
  request: TestRequest = {},
  { account = ann, sync }: { account?: Account; sync?: SyncStatus | undefined } = {},
) {
  const handler = createHandler(
    showAccountRoute({
      findAccount: async (accountId) => (accountId === 'account-1' ? account : undefined),
      scopes: askedScopes,
      syncStatus: async ({ generation }) => (generation === account.generation ? sync : undefined),
    }),
    { origin: 'https://mail.example.com', log: recordingLog() },
  );
  return ask(handler, 'GET /accounts/{accountId}', {
    signedBy: backendRole,
    pathParameters: { accountId: 'account-1' },
    ...request,
  });
}

const shown = {
  id: 'account-1',
  email: 'ann@example.com',
  owner: 'tenant-1',
  status: 'active',
  scopes: grantedScopes,
  connectedAt: '2026-11-01T00:00:00.000Z',
};

test('an account is shown as in the list, with how its copy stands', async () => {
  const sync = { phase: 'live', copied: 7, percent: 100, failures: 0 } as const;
  expect(jsonOf(await show({}, { sync }))).toEqual({ ...shown, sync });
});

test('where nothing is copied, nothing is said of it', async () => {
  expect(jsonOf(await show())).toEqual(shown);
});

test('it says until when its grant is good, where Google limits that', async () => {
  const account = { ...ann, grantExpiresAt: testStart };
  expect(jsonOf(await show({}, { account }))).toEqual({ ...shown, grantExpiresAt: shown.connectedAt });
});

test.each([
  ['revoked', { status: 'revoked' }],
  ['disconnecting', { status: 'disconnecting' }],
  ['insufficient_scope', { scopes: ['openid'] }],
] as const)('it says that it is %s', async (status, changes) => {
  expect(jsonOf(await show({}, { account: { ...ann, ...changes } }))).toMatchObject({ status });
});

test.each([
  ['of another owner', { query: 'owner=tenant-2' }],
  ['that nobody connected', { pathParameters: { accountId: 'account-2' } }],
])('there is no account %s', async (_, request) => {
  const answer = await show(request);
  expect(jsonOf(answer)).toMatchObject({ status: 404, code: 'not_found' });
  expect(answer.text).not.toContain('ann@example.com');
});
