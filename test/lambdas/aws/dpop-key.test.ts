import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Failure } from '../../../infra/local/aws/faults.ts';
import { createDpopKey, rawSignatureOf } from '../../../lambdas/aws/dpop-key.ts';
import { kms } from '../../support/aws-doubles.ts';

async function build() {
  const { client, service } = await kms();
  const signing = new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const { KeyMetadata: metadata } = await client.send(signing);
  const keyId = metadata?.KeyId ?? '';
  const key = createDpopKey(keyId, client);
  if (key === undefined) throw new Error('There is no key.');
  return { client, service, keyId, key };
}

const message = Buffer.from('what is proved');

test('without a key there is none', () => {
  expect(createDpopKey(undefined)).toBeUndefined();
});

test('signs so that the public half verifies it, which has only what Google takes', async () => {
  const { key } = await build();
  const jwk = await key.publicKey();
  expect(Object.keys(jwk).toSorted()).toEqual(['crv', 'kty', 'x', 'y']);
  const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  const signature = await key.sign(message);
  expect(signature).toHaveLength(64);
  expect(verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
});

test('reads the public half once, and again after it could not', async () => {
  const { key, client, keyId, service } = await build();
  await client.send(new DisableKeyCommand({ KeyId: keyId }));
  await expect(key.publicKey()).rejects.toMatchObject({ code: 'vault_unavailable' });
  await client.send(new EnableKeyCommand({ KeyId: keyId }));
  const [one, other] = await Promise.all([key.publicKey(), key.publicKey()]);
  service.failNext({ action: 'GetPublicKey', times: 3, failure: 'reset' });
  expect([other, await key.publicKey()]).toEqual([one, one]);
});

test.each([
  ['throttling', { error: 'ThrottlingException' }],
  ['a missing right', { error: 'AccessDeniedException' }],
  ['a key that is to be deleted', { error: 'KMSInvalidStateException' }],
  ['dropped connections', 'reset'],
] as [string, Failure][])('%s, time after time, means that the vault is out of reach', async (_, failure) => {
  const { key, service } = await build();
  for (const action of ['Sign', 'GetPublicKey']) service.failNext({ action, times: 3, failure });
  await expect(key.sign(message)).rejects.toMatchObject({ name: 'Problem', code: 'vault_unavailable' });
  await expect(key.publicKey()).rejects.toMatchObject({ name: 'Problem', code: 'vault_unavailable' });
});

test('a key of another kind proves nothing', async () => {
  const { client } = await kms();
  const { KeyMetadata: metadata } = await client.send(new CreateKeyCommand({}));
  const key = createDpopKey(metadata?.KeyId, client);
  await expect(key?.publicKey()).rejects.toMatchObject({ code: 'vault_unavailable' });
  await expect(key?.sign(message)).rejects.toMatchObject({ code: 'vault_unavailable' });
});

/** An integer of DER: no leading zeros, but for one where the number would be negative. */
function derInteger(half: Uint8Array): Buffer {
  const first = half.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? Buffer.from([0]) : Buffer.from(half.subarray(first));
  const content = (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
  return Buffer.concat([Buffer.from([0x02, content.length]), content]);
}

function derOf(r: Uint8Array, s: Uint8Array): Buffer {
  const content = Buffer.concat([derInteger(r), derInteger(s)]);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}

/** 32 bytes, of which many begin with zeros, or with a byte that DER writes a zero before. */
const half = fc
  .tuple(fc.nat(33), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([zeros, bytes]) => bytes.map((byte, index) => (index < zeros - 1 ? 0 : byte)));

test('of a DER signature, each half becomes 32 bytes, leading zeros and all', () => {
  fc.assert(
    fc.property(half, half, (r, s) => {
      expect(Buffer.from(rawSignatureOf(derOf(r, s)))).toEqual(Buffer.concat([r, s]));
    }),
  );
});

test('what OpenSSL signs in DER verifies when its halves are joined', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (text) => {
      const joined = rawSignatureOf(sign('sha256', text, { key: privateKey, dsaEncoding: 'der' }));
      expect(verify('sha256', text, { key: publicKey, dsaEncoding: 'ieee-p1363' }, joined)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('anything else is refused, and no other error comes of it', () => {
  const cut = fc
    .tuple(half, half, fc.nat(71))
    .map(([r, s, length]) => derOf(r, s).subarray(0, length))
    .filter((bytes) => bytes.length < 2 || (bytes[1] ?? 0) > bytes.length - 2);
  fc.assert(
    fc.property(
      fc.oneof(cut, fc.uint8Array({ maxLength: 7 }), fc.constant(Buffer.alloc(72, 0x02))),
      (der) => {
        expect(() => rawSignatureOf(der)).toThrow('Not a DER signature by P-256.');
      },
    ),
  );
});
