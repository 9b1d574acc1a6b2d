/** What the two functions of every minute write for CloudWatch, as they are deployed: alarms look at seconds. */
import type { Context, SQSEvent } from 'aws-lambda';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readEnvironmentFile } from '../../infra/local/environment-file.ts';
import { positionAt } from '../../lambdas/changes/position.ts';
import { ask, backendRole } from '../support/api-event.ts';
import { type Site, startSite } from '../support/site.ts';

const minute = 60_000;

let site: Site;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1 });
  const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  const named = { CLIENT_ID: site.clientId, LOGIN_KEY: site.aws.loginKey, STAGE: 'test' };
  const variables = { ...readEnvironmentFile(site.dataFolder), ...credentials, ...named };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await site.close();
});

/** The figures that a run writes, and the dimensions and units that it says of them. */
async function figuresOf(run: () => Promise<void>): Promise<Record<string, unknown>> {
  const written: string[] = [];
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  try {
    await run();
  } finally {
    stdout.mockRestore();
  }
  const lines = written.filter((line) => line.includes('"_aws"'));
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '');
}

const owned = v.object({ accountId: v.string(), generation: v.string() });

const metricsOf = (Name: string, Unit: string) => ({
  CloudWatchMetrics: [
    {
      Namespace: 'gmail-offline-access',
      Dimensions: [['Stage']],
      Metrics: expect.arrayContaining([{ Name, Unit }]),
    },
  ],
});

test('the dispatcher says in seconds how late the mailboxes are that it admits, and what it granted', async () => {
  const { handler } = await import('../../lambdas/sync-dispatch.ts');
  const now = Math.floor(Date.now() / minute) * minute;
  await site.connected();
  const [mailbox] = await site.items('mailboxes');
  await site.put('mailboxes', { ...mailbox, nextDueAt: now - 20 * minute });
  const figures = await figuresOf(() => handler({ scheduledTime: new Date(now).toISOString() }));
  expect(figures).toMatchObject({ Stage: 'test', Lag: 20 * 60, _aws: metricsOf('Lag', 'Seconds') });
  expect(figures).toMatchObject({ _aws: metricsOf('MinuteUnits', 'Count') });
  expect(Number(figures['MinuteUnits'])).toBeGreaterThan(0);
  expect(figures['DayUnits']).toBe(figures['MinuteUnits']);
});

test('a worker says of which kind a renewal of a token was, so that a refused client is an alarm', async () => {
  await site.forget();
  await site.connected();
  const [grant] = await site.items('grants');
  const { accessToken: _, accessTokenExpiresAt: __, ...withoutAccess } = grant ?? {};
  await site.put('grants', withoutAccess);
  const [mailbox] = await site.items('mailboxes');
  const claim = { jobId: 'job-1', units: 1_000, claimedAt: Date.now() };
  await site.put('mailboxes', { ...mailbox, claim });
  const { accountId, generation } = v.parse(owned, mailbox);
  const body = JSON.stringify({ kind: 'sync', accountId, generation, jobId: claim.jobId });
  await site.fault('token', { status: 401, body: { error: 'invalid_client' } }, 0);
  const { handler } = await import('../../lambdas/sync-mailbox.ts');
  const event = { Records: [{ body, attributes: { ApproximateReceiveCount: '1' } }] } as SQSEvent;
  const context = { getRemainingTimeInMillis: () => 30_000 } as Context;
  const figures = await figuresOf(async () => void (await handler(event, context)));
  await site.admin('DELETE', '/faults');
  expect(figures).toMatchObject({ Stage: 'test', Outcome: 'misconfigured', Refreshes: 1 });
});

test.each([
  [
    'GET /auth/callback',
    '../../lambdas/auth-callback.ts',
    { query: 'state=unknown&code=x' },
    'invalid_state',
  ],
  ['POST /accounts/code', '../../lambdas/auth-code.ts', { signedBy: backendRole }, 'invalid_request'],
] as const)(
  '%s counts a consent that it refuses, by the code of the problem',
  async (route, file, request, code) => {
    const { handler } = await import(file);
    const figures = await figuresOf(async () => void (await ask(handler, route, request)));
    expect(figures).toMatchObject({ Stage: 'test', Outcome: code, Consents: 1 });
  },
);

test('the publisher says in seconds how old the oldest change is that it could not tell', async () => {
  const { handler } = await import('../../lambdas/changes-publish.ts');
  const at = Date.now() - 20 * minute;
  const change = { accountId: '1', generation: 'g', at, type: 'connected' };
  await site.forget('changes');
  await site.put('changes', { feed: 'all#2', position: `${positionAt(at)}#1`, ...change });
  // So little time is left that it does not even ask the bus.
  const context = { getRemainingTimeInMillis: () => 0 } as Context;
  const figures = await figuresOf(() => handler({}, context));
  expect(figures).toMatchObject({ Stage: 'test', _aws: metricsOf('ChangesLag', 'Seconds') });
  expect(Number(figures['ChangesLag'])).toBeGreaterThanOrEqual(20 * 60);
  expect(Number(figures['ChangesLag'])).toBeLessThan(25 * 60);
  expect(figures).not.toHaveProperty('ChangesPublished');
});
