import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
} from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import type { Failure } from '../../../infra/local/aws/faults.ts';
import { createTokenCipher } from '../../../lambdas/aws/token-key.ts';
import { type EncryptionContext, serviceName } from '../../../lambdas/grants/token-cipher.ts';
import { kms } from '../../support/aws-doubles.ts';

const alias = 'alias/tokens';
const refresh: EncryptionContext = {
  service: serviceName,
  accountId: 'account-1',
  clientId: 'client-1',
  tokenKind: 'refresh',
};
const login: EncryptionContext = {
  service: serviceName,
  loginId: 'login-1',
  clientId: 'client-1',
  tokenKind: 'login',
};

async function build() {
  const { client, service } = await kms();
  const { KeyMetadata: key } = await client.send(new CreateKeyCommand({}));
  await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: key?.KeyId }));
  return { client, service, cipher: createTokenCipher(alias, client) };
}

test('what was encrypted decrypts in its own context', async () => {
  const { cipher } = await build();
  const token = `1//ü${'x'.repeat(2_000)}`;
  const ciphertext = await cipher.encrypt(token, refresh);
  expect(ciphertext).toBeInstanceOf(Uint8Array);
  expect(Buffer.from(ciphertext).includes('1//')).toBe(false);
  expect(await cipher.decrypt(ciphertext, refresh)).toBe(token);
  expect(await cipher.decrypt(await cipher.encrypt('verifier.nonce', login), login)).toBe('verifier.nonce');
});

test.each([
  ['another account', { ...refresh, accountId: 'account-2' }],
  ['another client', { ...refresh, clientId: 'client-2' }],
  ['another kind of token', { ...refresh, tokenKind: 'access' as const }],
  ['a pending consent', login],
])('in the row of %s it does not', async (_, context) => {
  const { cipher } = await build();
  const ciphertext = await cipher.encrypt('1//canary', refresh);
  await expect(cipher.decrypt(ciphertext, context)).rejects.toMatchObject({
    name: 'Problem',
    code: 'grant_unreadable',
  });
});

test('a ciphertext that was tampered with, cut short or made by another key does not decrypt', async () => {
  const { cipher, client } = await build();
  const ciphertext = Buffer.from(await cipher.encrypt('1//canary', refresh));
  const tampered = Buffer.from(ciphertext);
  tampered.writeUInt8(ciphertext.readUInt8(ciphertext.length - 1) ^ 1, ciphertext.length - 1);
  const { KeyMetadata: another } = await client.send(new CreateKeyCommand({}));
  const { CiphertextBlob: foreign = new Uint8Array() } = await client.send(
    new EncryptCommand({
      KeyId: another?.KeyId,
      Plaintext: Buffer.from('x'),
      EncryptionContext: { ...refresh },
    }),
  );
  for (const wrong of [tampered, ciphertext.subarray(0, 20), foreign]) {
    await expect(cipher.decrypt(wrong, refresh)).rejects.toMatchObject({ code: 'grant_unreadable' });
  }
});

test('while the key is disabled nothing works, and nothing is lost', async () => {
  const { cipher, client } = await build();
  const ciphertext = await cipher.encrypt('1//canary', refresh);
  await client.send(new DisableKeyCommand({ KeyId: alias }));
  await expect(cipher.encrypt('1//canary', refresh)).rejects.toMatchObject({ code: 'vault_unavailable' });
  await expect(cipher.decrypt(ciphertext, refresh)).rejects.toMatchObject({ code: 'vault_unavailable' });
  await client.send(new EnableKeyCommand({ KeyId: alias }));
  expect(await cipher.decrypt(ciphertext, refresh)).toBe('1//canary');
});

test.each([
  ['throttling', { error: 'ThrottlingException' }],
  ['an error of the service', { error: 'KMSInternalException', status: 500 }],
  ['a missing right', { error: 'AccessDeniedException' }],
  ['dropped connections', 'reset'],
] as [string, Failure][])('%s, time after time, means that the vault is out of reach', async (_, failure) => {
  const { cipher, service } = await build();
  const ciphertext = await cipher.encrypt('1//canary', refresh);
  for (const action of ['Encrypt', 'Decrypt']) service.failNext({ action, times: 3, failure });
  await expect(cipher.encrypt('1//canary', refresh)).rejects.toMatchObject({ code: 'vault_unavailable' });
  await expect(cipher.decrypt(ciphertext, refresh)).rejects.toMatchObject({ code: 'vault_unavailable' });
});

test('without a key there is no vault', async () => {
  const { client } = await kms();
  const cipher = createTokenCipher('alias/none', client);
  await expect(cipher.encrypt('1//canary', refresh)).rejects.toMatchObject({ code: 'vault_unavailable' });
});

test('a token too long for the key is refused, not kept in clear', async () => {
  const { cipher } = await build();
  await expect(cipher.encrypt('x'.repeat(4_097), refresh)).rejects.toMatchObject({ name: 'Problem' });
});
