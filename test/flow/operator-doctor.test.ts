import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DescribeKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Failure } from '../../infra/local/aws/faults.ts';
import { readEnvironmentFile } from '../../infra/local/environment-file.ts';
import { checkClocks } from '../../infra/tools/ops/doctor/clocks.ts';
import { doctor as commandDoctor } from '../../infra/tools/ops/doctor.ts';
import { openStores } from '../../infra/tools/ops/stores.ts';
import { positionAt } from '../../lambdas/changes/position.ts';
import { quotaDay } from '../../lambdas/sync/mailbox/quota-day.ts';
import { bury, everything, operate, whileHeld } from '../support/operator.ts';
import { scriptedServer } from '../support/scripted-server.ts';
import { type Site, startSite } from '../support/site.ts';

const minute = 60_000;

let site: Site;
let kms: KMSClient;
let secrets: SecretsManagerClient;
let secretText: string;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1 });
  const { region, credentials, kmsEndpoint, secretsManagerEndpoint } = site.aws;
  kms = new KMSClient({ endpoint: kmsEndpoint, region, credentials });
  secrets = new SecretsManagerClient({ endpoint: secretsManagerEndpoint, region, credentials });
  secretText = readFileSync(join(site.dataFolder, 'client_secret.json'), 'utf8');
});
afterAll(async () => {
  kms.destroy();
  secrets.destroy();
  await site.close();
});
beforeEach(async () => {
  await site.forget();
  await site.tick();
});
afterEach(() => site.admin('DELETE', '/faults'));

interface Finding {
  readonly name: string;
  readonly state: string;
  readonly text: string;
}

async function doctor(...args: string[]): Promise<{ code: number; findings: Finding[] }> {
  const { code, told } = await operate(site, ['doctor', ...args]);
  return { code, findings: Array.from(Object(told['findings'])) };
}

/** The names of what is wrong, and with which words. */
async function faultsOf(...args: string[]): Promise<Record<string, string>> {
  const { code, findings } = await doctor(...args);
  const faults = findings.filter(({ state }) => state === 'failed');
  expect(code).toBe(faults.length > 0 ? 1 : 0);
  return Object.fromEntries(faults.map(({ name, text }) => [name, text]));
}

async function uploadSecret(text: string): Promise<void> {
  const SecretId = site.aws.clientSecretId;
  await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: text }));
  onTestFinished(async () => {
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: secretText }));
  });
}

/** The secret with something else in it. */
function secretWith(changes: Readonly<Record<string, unknown>>): string {
  const { web } = JSON.parse(secretText);
  return JSON.stringify({ web: { ...web, ...changes } });
}

const failAws = (
  service: 'dynamodb' | 'sqs' | 'eventbridge' | 'kms',
  action: string,
  failure: Failure,
  times = 1,
) => site.aws.failNext({ service, action, failure, times });

it('finds nothing wrong where all is well, and changes nothing in a dry run', async () => {
  const before = await everything(site);
  const dry = await doctor('--dry-run');
  expect(dry.code).toBe(0);
  expect(dry.findings.filter(({ state }) => state !== 'ok')).toMatchObject([
    { name: 'login URL', state: 'skipped' },
  ]);
  expect(await everything(site)).toBe(before);
  const { code, findings } = await doctor();
  expect(code).toBe(0);
  expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
  const { web } = JSON.parse(secretText);
  expect(JSON.stringify(findings)).not.toContain(web.client_secret);
});

describe('finds that', () => {
  it.each<[string, string | string[], () => unknown]>([
    [
      'a table is not there',
      'tables',
      () => failAws('dynamodb', 'DescribeTable', { error: 'ResourceNotFoundException' }),
    ],
    [
      'the event bus is not there',
      'event bus',
      () => failAws('eventbridge', 'DescribeEventBus', { error: 'ResourceNotFoundException' }),
    ],
    [
      'KMS does not let us in',
      'token key',
      () => failAws('kms', 'DescribeKey', { error: 'AccessDeniedException' }),
    ],
    [
      'the queue is not there',
      ['dead letters', 'sync queue'],
      () => failAws('sqs', 'GetQueueAttributes', { error: 'QueueDoesNotExist' }, 2),
    ],
    [
      'Google’s discovery is down',
      'Google’s OpenID configuration',
      () => site.fault('discovery', { status: 503 }, 0),
    ],
    [
      'Google’s token endpoint drops connections',
      ['Google’s token endpoint', 'OAuth client'],
      () => site.fault('token', { reset: true }, 0),
    ],
    [
      'Google’s revocation endpoint is down',
      'Google’s revocation endpoint',
      () => site.fault('revoke', { status: 503 }, 0),
    ],
    ['Gmail is down', 'Gmail', () => site.fault('getProfile', { status: 503 }, 0)],
    ['the dispatcher is not started', 'schedule', () => site.forget('usage')],
    [
      'the units of the day are spent',
      'units of today',
      () => site.put('usage', { id: `day#${quotaDay(Date.now())}`, all: 75_000_000, backfill: 0 }),
    ],
    [
      'mailboxes wait too long',
      'lag',
      () =>
        site.put('mailboxes', {
          accountId: '1',
          generation: 'g',
          dueKey: 'changes#3',
          nextDueAt: Date.now() - 16 * minute,
          wants: 42,
          spends: [],
        }),
    ],
    [
      'the event bus is not told',
      'event feed',
      () => {
        const at = Date.now() - 16 * minute;
        const change = { accountId: '1', generation: 'g', at, type: 'connected' };
        return site.put('changes', { feed: 'all#2', position: `${positionAt(at)}#1`, ...change });
      },
    ],
  ])('%s', async (_, names, disturb) => {
    await disturb();
    expect(Object.keys(await faultsOf()).toSorted()).toEqual([names].flat());
  });

  it('the token key is disabled', async () => {
    const { Arn: KeyId } = await describeKey();
    await kms.send(new DisableKeyCommand({ KeyId }));
    onTestFinished(async () => {
      await kms.send(new EnableKeyCommand({ KeyId }));
    });
    const faults = await faultsOf();
    expect(faults['token key']).toMatch(/^it is Disabled/);
    // Nobody can begin a consent either.
    expect(Object.keys(faults)).toEqual(['token key', 'login URL']);
  });

  it('dead letters lie there, until they are handed to the workers', async () => {
    await bury(site, [JSON.stringify({ kind: 'sync', accountId: '1', generation: 'g', jobId: 'j' })]);
    expect((await faultsOf())['dead letters']).toMatch(/^1: .* npm run ops -- redrive --local$/);
    expect((await operate(site, ['redrive'])).told).toMatchObject({ redriven: 1, left: 0 });
    expect(await faultsOf()).toEqual({});
  });
});

it('finds a dead letter that somebody holds at the moment, too', async () => {
  await bury(site, [JSON.stringify({ kind: 'sync', accountId: '1', generation: 'g', jobId: 'held' })]);
  await whileHeld(site, async () => {
    expect((await faultsOf())['dead letters']).toMatch(/^1: /);
  });
  expect(await faultsOf()).toEqual({});
});

describe('finds a secret that', () => {
  it.each([
    ['is no file of Google’s', 'random', ['client secret']],
    [
      'is of an installed application',
      '{"installed": {"client_id": "x", "client_secret": "y"}}',
      ['client secret'],
    ],
    ['has another’s client ID', secretWithLater({ client_id: 'my-client' }), ['client secret']],
    ['holds an old password', secretWithLater({ client_secret: 'GOCSPX-old' }), ['OAuth client']],
  ])('%s', async (_, text, names) => {
    await uploadSecret(typeof text === 'string' ? text : text());
    const faults = await faultsOf('--dry-run');
    expect(Object.keys(faults)).toEqual(names);
    expect(JSON.stringify(faults)).not.toContain('GOCSPX');
  });
});

it.each([[['https://a.example/auth/callback']], [undefined]])(
  'leaves it to Google whether the redirect URI is registered, where the secret is older and names %j',
  async (redirect_uris) => {
    await uploadSecret(secretWith({ redirect_uris }));
    const { code, findings } = await doctor();
    expect(code).toBe(0);
    expect(findings.filter(({ state }) => state !== 'ok')).toEqual([
      { name: 'redirect URI', state: 'skipped', text: expect.stringContaining('see the login URL') },
    ]);
  },
);

describe('finds a site that', () => {
  const guarded = {
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };

  /** A site that answers as it is told, under its own origin; it leads to Google by default as ours does. */
  async function siteOf(
    headers: Readonly<Record<string, string>>,
    leadsTo: (url: URL, origin: string) => { status?: number; location: string },
  ): Promise<string> {
    const ours = await fetch(`${site.origin}/auth/login`, { redirect: 'manual' });
    const server = createServer((request, response) => {
      if (request.url !== '/auth/login') {
        response.writeHead(200, headers).end();
        return;
      }
      const { status = 303, location } = leadsTo(new URL(ours.headers.get('location') ?? ''), origin);
      response.writeHead(status, { location }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const origin = `http://127.0.0.1:${port}`;
    await uploadSecret(secretWith({ redirect_uris: [`${origin}/auth/callback`] }));
    return origin;
  }

  const ownRedirect = (url: URL, origin: string) => {
    url.searchParams.set('redirect_uri', `${origin}/auth/callback`);
    return url;
  };
  const rightly = (url: URL, origin: string) => ({ location: ownRedirect(url, origin).href });

  it('cannot be reached', async () => {
    const faults = await faultsOf('--origin', 'http://127.0.0.1:1');
    expect(Object.keys(faults)).toEqual(['site', 'login URL']);
    expect(faults['site']).toContain('http://127.0.0.1:1 cannot be reached');
  });

  it('has lost or weakened its security headers', async () => {
    const weakened = { 'strict-transport-security': 'max-age=0', 'referrer-policy': 'unsafe-url' };
    const faults = await faultsOf('--dry-run', '--origin', await siteOf(weakened, rightly));
    expect(faults).toEqual({
      site: expect.stringContaining(`missing or weak: ${Object.keys(guarded).join(', ')};`),
    });
  });

  it.each([
    ['strict-transport-security', 'max-age=3600'],
    ['content-security-policy', "default-src 'self'; frame-ancestors 'none'"],
    ['content-security-policy', "default-src 'none'"],
    ['referrer-policy', 'no-referrer-when-downgrade'],
    ['x-content-type-options', 'sniff'],
    ['cache-control', 'public, max-age=60'],
  ])('guards itself with %s: %s, which is too little', async (name, value) => {
    const origin = await siteOf({ ...guarded, [name]: value }, rightly);
    expect(await faultsOf('--dry-run', '--origin', origin)).toEqual({
      site: expect.stringContaining(`missing or weak: ${name};`),
    });
  });

  it('sends people to Google without what Google or we ask for', async () => {
    const asked = ['client_id', 'response_type', 'access_type', 'code_challenge_method'];
    const names = [...asked, 'state', 'nonce', 'code_challenge', 'scope'];
    const without = (url: URL, origin: string) => {
      for (const name of names) ownRedirect(url, origin).searchParams.delete(name);
      return { location: url.href };
    };
    expect(await faultsOf('--origin', await siteOf(guarded, without))).toEqual({
      'login URL': `Google requires other values of: ${names.join(', ')}`,
    });
  });

  it('begins consents with another client than the secret holds', async () => {
    const another = (url: URL, origin: string) => {
      ownRedirect(url, origin).searchParams.set('client_id', '1-another.apps.googleusercontent.com');
      return { location: url.href };
    };
    expect(await faultsOf('--origin', await siteOf(guarded, another))).toEqual({
      'login URL': expect.stringMatching(
        /clientId and .* name different clients: deploy with.*or upload the file/,
      ),
    });
  });

  it('sends people elsewhere', async () => {
    const elsewhere = (url: URL, origin: string) => ({
      location: `https://accounts.example/auth${ownRedirect(url, origin).search}`,
    });
    expect(await faultsOf('--origin', await siteOf(guarded, elsewhere))).toEqual({
      'login URL': 'Google requires other values of: address',
    });
  });

  it('Google does not know by its redirect URI', async () => {
    const origin = await siteOf(guarded, rightly);
    expect(await faultsOf('--origin', origin)).toEqual({
      'login URL': expect.stringContaining(`are the redirect URI ${origin}/auth/callback`),
    });
  });
});

it('looks at the concurrency of Lambda where functions are deployed', async () => {
  const lambda = await scriptedServer();
  lambda.script(
    { body: { AccountLimit: { UnreservedConcurrentExecutions: 10 } } },
    { body: { EventSourceMappings: [{ ScalingConfig: { MaximumConcurrency: 10 } }] } },
  );
  const variables = readEnvironmentFile(site.dataFolder) ?? {};
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', lambda.origin);
  vi.stubEnv('AWS_ACCESS_KEY_ID', site.aws.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', site.aws.credentials.secretAccessKey);
  for (const [name, value] of Object.entries(variables)) if (name.startsWith('AWS_')) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const installation = { name: 'try', variables };
  const call = {
    installation,
    stores: openStores(installation),
    argument: '',
    options: {},
    concern: () => {},
  };
  const { lines } = await commandDoctor.run({ ...call, dryRun: true });
  expect(lines.filter((line) => line.startsWith('FAILED'))).toEqual([
    expect.stringContaining('Lambda concurrency: 10 concurrent executions, of which 10 sync workers leave 0'),
  ]);
  expect(lambda.requests[1]?.url.searchParams.get('EventSourceArn')).toMatch(/^arn:aws:sqs:/);
});

it('finds a clock that is wrong, by Google’s and by AWS’s', async () => {
  const urls = {
    google: `${site.google.origin}/.well-known/openid-configuration`,
    aws: site.aws.dynamodbEndpoint,
  };
  for (const off of [-2 * minute, 2 * minute]) {
    expect(await checkClocks(urls, () => Date.now() + off)).toMatchObject([
      { name: 'clock and Google', state: 'failed', text: expect.stringContaining('set the clock') },
      { name: 'clock and AWS', state: 'failed' },
    ]);
  }
  expect(await checkClocks(urls)).toMatchObject([{ state: 'ok' }, { state: 'ok' }]);
});

/** The secret is known only once the site runs. */
function secretWithLater(changes: Readonly<Record<string, unknown>>): () => string {
  return () => secretWith(changes);
}

async function describeKey(): Promise<{ Arn: string }> {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: site.aws.tokenKey }));
  return { Arn: KeyMetadata?.Arn ?? '' };
}
