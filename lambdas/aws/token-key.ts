import {
  DecryptCommand,
  EncryptCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
  KMSClient,
} from '@aws-sdk/client-kms';
import { Problem } from '../errors.ts';
import type { TokenCipher } from '../grants/token-cipher.ts';
import { clientOptions } from './client-options.ts';

/** One KMS connection per process for all its keys, so that the second key finds it open. */
export function connectKms(): KMSClient {
  return new KMSClient(clientOptions);
}

/** The largest ciphertext for KMS in bytes (AWS KMS API Reference, Decrypt). */
const mostBytes = 6_144;

/**
 * The token key in KMS. A token fits one call (at most 4,096 bytes), so there is no data key to lose or leak. The
 * encryption context is authenticated, and visible in CloudTrail.
 */
export function createTokenCipher(keyId: string, client: KMSClient = connectKms()): TokenCipher {
  return {
    encrypt: async (plaintext, context) => {
      const command = new EncryptCommand({
        KeyId: keyId,
        Plaintext: Buffer.from(plaintext),
        EncryptionContext: { ...context },
      });
      const { CiphertextBlob: ciphertext } = await client.send(command).catch(refuse);
      return ciphertext ?? refuse(new Error('KMS returned no ciphertext.'));
    },
    decrypt: async (ciphertext, context) => {
      // For KMS these are invalid requests, which would be indistinguishable from a misconfigured key.
      if (ciphertext.length < 1 || ciphertext.length > mostBytes) {
        throw new Problem('grant_unreadable', { cause: new Error('Not a ciphertext of KMS.') });
      }
      const command = new DecryptCommand({
        KeyId: keyId,
        CiphertextBlob: ciphertext,
        EncryptionContext: { ...context },
      });
      const { Plaintext: plaintext } = await client.send(command).catch(refuse);
      return plaintext === undefined
        ? refuse(new Error('KMS returned no plaintext.'))
        : Buffer.from(plaintext).toString();
    },
  };
}

function refuse(cause: unknown): never {
  const foreign = cause instanceof InvalidCiphertextException || cause instanceof IncorrectKeyException;
  throw new Problem(foreign ? 'grant_unreadable' : 'vault_unavailable', { cause });
}
