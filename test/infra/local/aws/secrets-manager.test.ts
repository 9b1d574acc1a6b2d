import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, onTestFinished, test } from 'vitest';
import { startSecretsManager } from '../../../../infra/local/aws/secrets-manager.ts';
import { localCredentials } from '../../../support/local-credentials.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const id = 'site/client-secret';

async function open(folder = temporaryFolder()) {
  const { endpoint, close } = await startSecretsManager(folder);
  const client = new SecretsManagerClient({ ...localCredentials, endpoint, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await close();
  });
  const value = async () => (await client.send(new GetSecretValueCommand({ SecretId: id }))).SecretString;
  return { client, value };
}

test('a secret is created, read, replaced and described', async () => {
  const { client, value } = await open();
  const created = await client.send(new CreateSecretCommand({ Name: id, SecretString: '{"one":1}' }));
  expect(await value()).toBe('{"one":1}');
  await client.send(new PutSecretValueCommand({ SecretId: created.ARN, SecretString: '{"two":2}\n' }));
  expect(await value()).toBe('{"two":2}\n');
  const described = await client.send(new DescribeSecretCommand({ SecretId: id }));
  expect(described).toMatchObject({ ARN: created.ARN, Name: id });
  expect(Object.values(described.VersionIdsToStages ?? {})).toEqual([['AWSCURRENT']]);
});

test('an unknown secret is not found, by any operation', async () => {
  const { client, value } = await open();
  await expect(value()).rejects.toBeInstanceOf(ResourceNotFoundException);
  const put = client.send(new PutSecretValueCommand({ SecretId: id, SecretString: 'x' }));
  await expect(put).rejects.toBeInstanceOf(ResourceNotFoundException);
  const describe = client.send(new DescribeSecretCommand({ SecretId: id }));
  await expect(describe).rejects.toBeInstanceOf(ResourceNotFoundException);
});

test('a secret without a value exists, and has no value to give', async () => {
  const { client, value } = await open();
  await client.send(new CreateSecretCommand({ Name: id }));
  await expect(client.send(new DescribeSecretCommand({ SecretId: id }))).resolves.toMatchObject({ Name: id });
  await expect(value()).rejects.toThrow(/AWSCURRENT/);
  await expect(value()).rejects.toBeInstanceOf(ResourceNotFoundException);
});

test('a name is created once', async () => {
  const { client } = await open();
  await client.send(new CreateSecretCommand({ Name: id }));
  const again = client.send(new CreateSecretCommand({ Name: id, SecretString: 'x' }));
  await expect(again).rejects.toBeInstanceOf(ResourceExistsException);
});

test('secrets outlive a restart, in a file that only its owner may read', async () => {
  const folder = temporaryFolder();
  const { client } = await open(folder);
  await client.send(new CreateSecretCommand({ Name: id, SecretString: 'kept' }));
  const { value } = await open(folder);
  expect(await value()).toBe('kept');
  expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
});
