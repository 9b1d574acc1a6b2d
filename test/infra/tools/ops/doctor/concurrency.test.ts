import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checkConcurrency } from '../../../../../infra/tools/ops/doctor/concurrency.ts';
import { localCredentials } from '../../../../support/local-credentials.ts';
import { type Reply, scriptedServer } from '../../../../support/scripted-server.ts';

const queueArn = 'arn:aws:sqs:eu-west-1:123456789012:sync.fifo';

const limitOf = (UnreservedConcurrentExecutions: number): Reply => ({
  body: { AccountLimit: { UnreservedConcurrentExecutions, ConcurrentExecutions: 1000 } },
});

const workersOf = (...numbers: number[]): Reply => ({
  body: { EventSourceMappings: numbers.map((number) => ({ ScalingConfig: { MaximumConcurrency: number } })) },
});

const accessTo = (endpoint: string) => ({
  endpoint,
  region: async () => 'eu-west-1',
  credentials: async () => localCredentials.credentials,
});

it.each<[string, Reply[], string, string]>([
  ['has an ordinary limit', [limitOf(1000), workersOf(10)], 'ok', '1000 concurrent executions'],
  ['has just enough', [limitOf(18), workersOf(10)], 'ok', 'of which 10 sync workers leave 8'],
  ['is new', [limitOf(10), workersOf(10)], 'failed', 'of which 10 sync workers leave 0: requests then fail'],
  ['is new, with fewer workers', [limitOf(10), workersOf(2)], 'ok', 'of which 2 sync workers leave 8'],
  ['has many workers', [limitOf(400), workersOf(600)], 'failed', '--desired-value 1200 --region eu-west-1'],
  [
    'reserved too much',
    [limitOf(17), workersOf(10)],
    'failed',
    '--quota-code L-B99A9384 --desired-value 1000',
  ],
  ['starts no worker', [limitOf(1000), workersOf()], 'failed', 'deploy the stack Service again'],
  ['does not allow the first question', [{ status: 403 }], 'skipped', 'lambda:GetAccountSettings'],
  [
    'does not allow the second question',
    [limitOf(10), { status: 403 }],
    'skipped',
    'lambda:ListEventSourceMappings',
  ],
  ['has a fault', [{ status: 500 }], 'failed', 'Lambda answers 500'],
])('doctor reads the concurrency of an account that %s', async (_, replies, state, text) => {
  const lambda = await scriptedServer();
  lambda.script(...replies);
  const finding = await checkConcurrency(accessTo(lambda.origin), async () => queueArn);
  expect(finding).toEqual({ name: 'Lambda concurrency', state, text: expect.stringContaining(text) });
  const asked = [
    '/2016-08-19/account-settings/',
    `/2015-03-31/event-source-mappings/?EventSourceArn=${encodeURIComponent(queueArn)}`,
  ];
  expect(lambda.requests.map(({ url }) => url.pathname + url.search)).toEqual(asked.slice(0, replies.length));
  for (const { method, headers } of lambda.requests) {
    expect(method).toBe('GET');
    expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/eu-west-1\/lambda\//);
  }
});

it('the README has the command that doctor prints', async () => {
  const lambda = await scriptedServer();
  lambda.script(limitOf(10), workersOf(10));
  const { text } = await checkConcurrency(accessTo(lambda.origin), async () => queueArn);
  const [command = ''] = /aws service-quotas .* --desired-value 1000/.exec(text) ?? [];
  expect(command).not.toBe('');
  const readme = readFileSync(new URL('../../../../../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(`\n${command}\n`);
});
