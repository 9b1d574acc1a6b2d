import { createPublicKey } from 'node:crypto';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import * as v from 'valibot';
import { Problem } from '../errors.ts';
import type { ProofKey, ProofPublicKey } from '../grants/proof-key.ts';
import { clientOptions } from './client-options.ts';

const publicJwk = v.object({
  kty: v.literal('EC'),
  crv: v.literal('P-256'),
  x: v.string(),
  y: v.string(),
});

/** Bytes of R and of S in a P-256 signature. */
const halfBytes = 32;

/**
 * The KMS key that refresh tokens are bound to. Its public half is read once a process, and only when needed:
 * CloudFormation cannot provide it, and most cold starts find a valid access token.
 *
 * @param keyId undefined if tokens are not bound
 */
export function createDpopKey(keyId: string | undefined, client?: KMSClient): ProofKey | undefined {
  if (keyId === undefined) return undefined;
  const kms = client ?? new KMSClient(clientOptions);
  let known: Promise<ProofPublicKey> | undefined;

  async function readPublicKey(): Promise<ProofPublicKey> {
    try {
      const { PublicKey: der = new Uint8Array() } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }));
      const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
      return v.parse(publicJwk, key.export({ format: 'jwk' }));
    } catch (cause) {
      known = undefined;
      throw new Problem('vault_unavailable', { cause });
    }
  }

  return {
    publicKey: () => {
      known ??= readPublicKey();
      return known;
    },
    sign: async (message) => {
      try {
        const { Signature: der = new Uint8Array() } = await kms.send(
          new SignCommand({
            KeyId: keyId,
            Message: message,
            MessageType: 'RAW',
            SigningAlgorithm: 'ECDSA_SHA_256',
          }),
        );
        return rawSignatureOf(der);
      } catch (cause) {
        throw new Problem('vault_unavailable', { cause });
      }
    },
  };
}

/**
 * R and S of a signature side by side, 32 bytes each. KMS returns a DER sequence of two integers, which have a leading
 * zero only where they would otherwise be negative.
 *
 * @throws Error if it is not such a sequence
 */
export function rawSignatureOf(der: Uint8Array): Uint8Array {
  const joined = new Uint8Array(2 * halfBytes);
  const [tag, length] = der;
  let at = 2;
  for (const end of [halfBytes, 2 * halfBytes]) {
    const [type, size = 0] = der.subarray(at, at + 2);
    const integer = der.subarray(at + 2, at + 2 + size);
    const digits = integer[0] === 0 ? integer.subarray(1) : integer;
    if (type !== 0x02 || integer.length !== size || digits.length > halfBytes) throw invalidSignature();
    joined.set(digits, end - digits.length);
    at += 2 + size;
  }
  if (tag !== 0x30 || length !== der.length - 2 || at !== der.length) throw invalidSignature();
  return joined;
}

function invalidSignature(): Error {
  return new Error('Not a DER signature by P-256.');
}
