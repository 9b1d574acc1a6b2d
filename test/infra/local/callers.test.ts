import { SignatureV4 } from '@smithy/signature-v4';
import { expect, inject, onTestFinished, test } from 'vitest';
import {
  type LocalEnvironment,
  type LocalEnvironmentOptions,
  startLocalEnvironment,
} from '../../../infra/local/environment.ts';
import { Sha256 } from '../../../infra/local/gateway/sha256.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function start(options: Partial<LocalEnvironmentOptions> = {}): Promise<LocalEnvironment> {
  const environment = await startLocalEnvironment({
    ...{ port: 0, googlePort: 0, dataFolder: temporaryFolder(), demoMessages: 3, sync: false },
    bundles: inject('bundles'),
    ...options,
  });
  onTestFinished(() => environment.close());
  return environment;
}

/** Asks as a backend, with the environment's own credentials unless others are given. */
async function askSigned(
  { origin, aws }: LocalEnvironment,
  { method = 'GET', path = '/accounts', credentials = aws.credentials } = {},
): Promise<Response> {
  const { host, hostname, port } = new URL(origin);
  const signer = new SignatureV4({ service: 'execute-api', region: aws.region, credentials, sha256: Sha256 });
  const { headers } = await signer.sign({
    ...{ method, path, query: {}, protocol: 'http:', hostname, port: Number(port), headers: { host } },
  });
  return fetch(origin + path, { method, headers });
}

test('a backend is let in by the credentials that the environment names, and by no others', async () => {
  const environment = await start();
  expect(environment.aws).toMatchObject({
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const answer = await askSigned(environment);
  expect([answer.status, await answer.json()]).toEqual([200, { accounts: [] }]);
  const others = { accessKeyId: 'local', secretAccessKey: 'other' };
  expect((await askSigned(environment, { credentials: others })).status).toBe(403);
  const unsigned = await fetch(`${environment.origin}/accounts`);
  expect([unsigned.status, await unsigned.text()]).toEqual([403, '{"message":"Forbidden"}']);
});

test('access tokens are off unless they are switched on', async () => {
  const path = '/accounts/1/access-token';
  const off = await askSigned(await start(), { method: 'POST', path });
  expect([off.status, await off.json()]).toEqual([
    403,
    expect.objectContaining({ code: 'access_tokens_off' }),
  ]);
  const on = await askSigned(await start({ accessTokens: 'on' }), { method: 'POST', path });
  expect(on.status).toBe(404);
});

test('pages of allowed origins may call, and consents may lead back to them', async () => {
  const app = 'http://localhost:5173';
  const { origin } = await start({ allowedReturnOrigins: `${app}/back com.example.app:` });
  const preflight = await fetch(`${origin}/messages`, {
    method: 'OPTIONS',
    headers: { origin: app, 'access-control-request-method': 'GET' },
  });
  expect(preflight.headers.get('access-control-allow-origin')).toBe(app);
  const answer = await fetch(`${origin}/mailbox`, { headers: { origin: app } });
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([401, app]);
  const query = new URLSearchParams({ return_to: `${app}/back`, code_challenge: 'c'.repeat(43) });
  const login = await fetch(`${origin}/auth/login?${query}`, { redirect: 'manual' });
  expect(login.status).toBe(200);
});

test('without allowed origins there is neither', async () => {
  const { origin } = await start();
  const app = 'http://localhost:5173';
  const answer = await fetch(`${origin}/mailbox`, { headers: { origin: app } });
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  const query = new URLSearchParams({ return_to: `${app}/back`, code_challenge: 'c'.repeat(43) });
  expect((await fetch(`${origin}/auth/login?${query}`, { redirect: 'manual' })).status).toBe(400);
});
