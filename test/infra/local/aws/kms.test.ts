import { createPublicKey, verify } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisabledException,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GetPublicKeyCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
  InvalidKeyUsageException,
  KMSClient,
  NotFoundException,
  SignCommand,
} from '@aws-sdk/client-kms';
import { expect, onTestFinished, test } from 'vitest';
import type { AwsCall } from '../../../../infra/local/aws/aws-call.ts';
import { startKms } from '../../../../infra/local/aws/kms.ts';
import { localCredentials } from '../../../support/local-credentials.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const alias = 'alias/tokens';
const context = { service: 'gmail', accountId: '1', tokenKind: 'refresh' };

async function open(folder: string, calls: AwsCall[] = []) {
  const kms = await startKms(folder, (call) => calls.push(call));
  const client = new KMSClient({ ...localCredentials, endpoint: kms.endpoint, maxAttempts: 1 });
  const encrypt = (plaintext: Uint8Array, EncryptionContext: Record<string, string> = context) =>
    client.send(new EncryptCommand({ KeyId: alias, Plaintext: plaintext, EncryptionContext }));
  const decrypt = (
    CiphertextBlob: Uint8Array | undefined,
    EncryptionContext: Record<string, string> = context,
  ) => client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  const close = async () => {
    client.destroy();
    await kms.close();
  };
  return { kms, client, encrypt, decrypt, close };
}

async function withKey(folder = temporaryFolder(), calls: AwsCall[] = []) {
  const opened = await open(folder, calls);
  onTestFinished(opened.close);
  const { KeyMetadata } = await opened.client.send(new CreateKeyCommand({}));
  await opened.client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId }));
  return { ...opened, keyId: KeyMetadata?.KeyId };
}

const secret = Buffer.from('1//refresh-token');

test('what was encrypted decrypts with the same context in any order', async () => {
  const { encrypt, decrypt, keyId } = await withKey();
  const { CiphertextBlob, KeyId } = await encrypt(secret);
  const reordered = Object.fromEntries(Object.entries(context).reverse());
  const { Plaintext } = await decrypt(CiphertextBlob, reordered);
  expect(Buffer.from(Plaintext ?? [])).toEqual(secret);
  expect(KeyId).toMatch(new RegExp(`^arn:aws:kms:.*:key/${keyId}$`));
});

test('the same plaintext never gives the same ciphertext, and none shows the plaintext', async () => {
  const { encrypt } = await withKey();
  const blobs = await Promise.all([encrypt(secret), encrypt(secret)]);
  const [one, other] = blobs.map(({ CiphertextBlob }) => Buffer.from(CiphertextBlob ?? []));
  expect(one).not.toEqual(other);
  expect(one?.includes(secret)).toBe(false);
});

test.each([
  ['another value', { ...context, accountId: '2' }],
  ['a missing pair', { service: 'gmail', accountId: '1' }],
  ['an added pair', { ...context, more: 'x' }],
])('a context with %s does not decrypt', async (_, wrong) => {
  const { encrypt, decrypt } = await withKey();
  const { CiphertextBlob } = await encrypt(secret);
  await expect(decrypt(CiphertextBlob, wrong)).rejects.toBeInstanceOf(InvalidCiphertextException);
});

test('a ciphertext with any flipped bit, cut short, or of an unknown key does not decrypt', async () => {
  const { encrypt, decrypt } = await withKey();
  const { CiphertextBlob } = await encrypt(secret);
  const blob = Buffer.from(CiphertextBlob ?? []);
  for (let index = 16; index < blob.length; index += 1) {
    const flipped = Buffer.from(blob);
    flipped.writeUInt8(blob.readUInt8(index) ^ 1, index);
    await expect(decrypt(flipped)).rejects.toBeInstanceOf(InvalidCiphertextException);
  }
  await expect(decrypt(blob.subarray(0, 30))).rejects.toBeInstanceOf(InvalidCiphertextException);
  const foreign = Buffer.from(blob);
  foreign.writeUInt8(blob.readUInt8(0) ^ 1, 0);
  await expect(decrypt(foreign)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('4,096 bytes are encrypted, one more and none at all are refused', async () => {
  const { encrypt } = await withKey();
  await expect(encrypt(Buffer.alloc(4096))).resolves.toBeDefined();
  await expect(encrypt(Buffer.alloc(4097))).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(encrypt(Buffer.alloc(0))).rejects.toMatchObject({ name: 'ValidationException' });
});

test('a disabled key neither encrypts nor decrypts until it is enabled', async () => {
  const { client, encrypt, decrypt } = await withKey();
  const { CiphertextBlob } = await encrypt(secret);
  await client.send(new DisableKeyCommand({ KeyId: alias }));
  await expect(encrypt(secret)).rejects.toBeInstanceOf(DisabledException);
  await expect(decrypt(CiphertextBlob)).rejects.toBeInstanceOf(DisabledException);
  await client.send(new EnableKeyCommand({ KeyId: alias }));
  await expect(decrypt(CiphertextBlob)).resolves.toBeDefined();
});

test('an unknown key is not found, and another key than the ciphertext’s is refused', async () => {
  const { client, encrypt } = await withKey();
  const { CiphertextBlob } = await encrypt(secret);
  const unknown = client.send(new DescribeKeyCommand({ KeyId: 'alias/none' }));
  await expect(unknown).rejects.toBeInstanceOf(NotFoundException);
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const mismatch = client.send(
    new DecryptCommand({ CiphertextBlob, KeyId: KeyMetadata?.KeyId, EncryptionContext: context }),
  );
  await expect(mismatch).rejects.toBeInstanceOf(IncorrectKeyException);
});

test('a signing key signs by ECDSA in DER, is known by its public half alone, and encrypts nothing', async () => {
  const { client } = await withKey();
  const { KeyMetadata } = await client.send(
    new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
  );
  const KeyId = KeyMetadata?.KeyId;
  const Message = Buffer.from('what is signed');
  const { PublicKey, ...rest } = await client.send(new GetPublicKeyCommand({ KeyId }));
  expect(rest).toMatchObject({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
  const { Signature = new Uint8Array() } = await client.send(
    new SignCommand({ KeyId, Message, MessageType: 'RAW', SigningAlgorithm: 'ECDSA_SHA_256' }),
  );
  expect(verify('sha256', Message, { key, dsaEncoding: 'der' }, Signature)).toBe(true);
  expect(verify('sha256', Buffer.from('another'), { key, dsaEncoding: 'der' }, Signature)).toBe(false);
  const encrypted = client.send(new EncryptCommand({ KeyId, Plaintext: secret }));
  await expect(encrypted).rejects.toBeInstanceOf(InvalidKeyUsageException);
  const signed = client.send(new SignCommand({ KeyId: alias, Message, SigningAlgorithm: 'ECDSA_SHA_256' }));
  await expect(signed).rejects.toBeInstanceOf(InvalidKeyUsageException);
});

test('keys outlive a restart, in a file that only its owner may read', async () => {
  const folder = temporaryFolder();
  const { encrypt } = await withKey(folder);
  const { CiphertextBlob } = await encrypt(secret);
  const again = await open(folder);
  onTestFinished(again.close);
  const { Plaintext } = await again.decrypt(CiphertextBlob);
  expect(Buffer.from(Plaintext ?? [])).toEqual(secret);
  expect(statSync(join(folder, 'keys.json')).mode & 0o777).toBe(0o600);
});

test('a damaged key file is named when the service starts', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'keys.json'), '{"keys":{"a":{"material":"short","enabled":true}},"aliases":{}}');
  await expect(startKms(folder)).rejects.toThrow(/data folder is damaged: .*keys\.json/);
});

test('a hanging call is not answered, and does not keep the service from closing', async () => {
  const { kms, client } = await withKey();
  kms.failNext({ action: 'DescribeKey', failure: 'hang' });
  const hanging = client.send(new DescribeKeyCommand({ KeyId: alias }), {
    abortSignal: AbortSignal.timeout(100),
  });
  await expect(hanging).rejects.toMatchObject({ name: 'AbortError' });
  kms.failNext({ action: 'DescribeKey', failure: 'hang' });
  const cut = client.send(new DescribeKeyCommand({ KeyId: alias })).catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await kms.close();
  expect(await cut).toBeInstanceOf(Error);
});
