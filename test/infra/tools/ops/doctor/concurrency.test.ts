import { expect, it } from 'vitest';
import { lookAtConcurrency } from '../../../../../infra/tools/ops/doctor/concurrency.ts';
import { localCredentials } from '../../../../support/local-credentials.ts';
import { type Reply, scriptedServer } from '../../../../support/scripted-server.ts';

const limitOf = (UnreservedConcurrentExecutions: number): Reply => ({
  body: { AccountLimit: { UnreservedConcurrentExecutions, ConcurrentExecutions: 1000 } },
});

it.each<[string, Reply, string, string]>([
  ['has an ordinary limit', limitOf(1000), 'well', '1000 concurrent executions'],
  ['has just enough', limitOf(20), 'well', '20 concurrent executions'],
  ['is new', limitOf(10), 'fault', '--quota-code L-B99A9384 --desired-value 1000 --region eu-west-1'],
  ['reserved too much', limitOf(19), 'fault', '19 concurrent executions: 10 sync workers can use them all'],
  ['does not allow the question', { status: 403 }, 'skipped', 'lambda:GetAccountSettings'],
  ['has a fault', { status: 500 }, 'fault', 'Lambda answers 500'],
])('doctor reads the concurrency of an account that %s', async (_, reply, state, text) => {
  const lambda = await scriptedServer();
  lambda.script(reply);
  const finding = await lookAtConcurrency({
    endpoint: lambda.origin,
    region: async () => 'eu-west-1',
    credentials: async () => localCredentials.credentials,
  });
  expect(finding).toEqual({ name: 'Lambda concurrency', state, text: expect.stringContaining(text) });
  const [request] = lambda.requests;
  expect([request?.method, request?.url.pathname]).toEqual(['GET', '/2016-08-19/account-settings/']);
  expect(request?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/eu-west-1\/lambda\//,
  );
});
