import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../infra/local/aws/faults.ts';
import { createClientSecretReader } from '../../../lambdas/aws/client-secret.ts';
import type { ProblemCode } from '../../../lambdas/errors.ts';
import { createClientCredentials } from '../../../lambdas/google/client-credentials.ts';
import { secretsManager } from '../../support/aws-doubles.ts';

const file = JSON.stringify({ web: { client_id: 'client-1', client_secret: 'GOCSPX-canary' } });

async function build(text?: string) {
  const { client, service } = await secretsManager();
  await client.send(
    new CreateSecretCommand({ Name: 'client-secret', ...(text !== undefined && { SecretString: text }) }),
  );
  const read = createClientSecretReader('client-secret', client);
  return { client, service, read, credentials: createClientCredentials(read) };
}

test('the secret is read as it was uploaded, the newest version', async () => {
  const { read, client } = await build('first');
  expect(await read()).toBe('first');
  await client.send(new PutSecretValueCommand({ SecretId: 'client-secret', SecretString: file }));
  expect(await read()).toBe(file);
});

/** Each as an editor, a shell or the AWS CLI on Windows leaves it. */
test.each<[string, { SecretString: string } | { SecretBinary: Uint8Array }]>([
  ['a mark in the text', { SecretString: `\uFEFF${file}` }],
  ['a mark that was read as Windows-1252', { SecretString: `\u00EF\u00BB\u00BF${file}` }],
  ['bytes without a mark', { SecretBinary: Buffer.from(file) }],
  ['bytes with the mark of UTF-8', { SecretBinary: Buffer.from(`\uFEFF${file}`) }],
  ['UTF-16, little-endian', { SecretBinary: Buffer.from(`\uFEFF${file}`, 'utf16le') }],
  ['UTF-16, big-endian', { SecretBinary: Buffer.from(`\uFEFF${file}`, 'utf16le').swap16() }],
])('the client is read from %s', async (_, value) => {
  const { client, credentials } = await build();
  await client.send(new PutSecretValueCommand({ SecretId: 'client-secret', ...value }));
  expect(await credentials.get()).toEqual({ clientId: 'client-1', clientSecret: 'GOCSPX-canary' });
});

describe('the operator is told what is wrong with it', () => {
  test.each([
    ['nothing was uploaded yet', undefined],
    ['it holds no file of Google’s', 'GOCSPX-canary'],
    ['it holds half of one', file.slice(0, 40)],
  ])('%s', async (_, text) => {
    const { credentials } = await build(text);
    await expect(credentials.get()).rejects.toMatchObject({ name: 'Problem', code: 'misconfigured' });
  });

  test('it does not exist', async () => {
    const { client } = await secretsManager();
    await expect(createClientSecretReader('client-secret', client)()).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('not uploaded client_secret.json'),
    });
  });
});

test.each([
  ['throttling', { error: 'ThrottlingException' }, 'storage_unavailable'],
  ['an error of the service', { error: 'InternalServiceError', status: 500 }, 'storage_unavailable'],
  ['dropped connections', 'reset', 'storage_unavailable'],
  ['a missing right', { error: 'AccessDeniedException' }, 'misconfigured'],
] as [string, Failure, ProblemCode][])(
  '%s, time after time, is told as what it is',
  async (_, failure, code) => {
    const { read, service } = await build(file);
    service.failNext({ action: 'GetSecretValue', times: 3, failure });
    await expect(read()).rejects.toMatchObject({ code });
  },
);
