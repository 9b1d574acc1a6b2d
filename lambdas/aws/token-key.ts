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

/** One connection to KMS for each process, for all keys that it uses: the second one finds it open. */
export function connectKms(): KMSClient {
  return new KMSClient(clientOptions);
}

/** Bytes of a ciphertext that KMS takes (AWS KMS API Reference, Decrypt). */
const mostBytes = 6_144;

/**
 * The token key at KMS. A token fits one call (KMS takes 4,096 bytes), so there is no data key that could be lost
 * or leak; the encryption context is authenticated, and written in clear to CloudTrail.
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
      return ciphertext ?? refuse(new Error('KMS gave no ciphertext.'));
    },
    decrypt: async (ciphertext, context) => {
      // To KMS these are invalid requests, as a wrong setting is: nobody could tell the one from the other.
      if (ciphertext.length < 1 || ciphertext.length > mostBytes) {
        throw new Problem('grant_unreadable', { cause: new Error('This is no ciphertext of KMS.') });
      }
      const command = new DecryptCommand({
        KeyId: keyId,
        CiphertextBlob: ciphertext,
        EncryptionContext: { ...context },
      });
      const { Plaintext: plaintext } = await client.send(command).catch(refuse);
      return plaintext === undefined
        ? refuse(new Error('KMS gave no plaintext.'))
        : Buffer.from(plaintext).toString();
    },
  };
}

function refuse(cause: unknown): never {
  const foreign = cause instanceof InvalidCiphertextException || cause instanceof IncorrectKeyException;
  throw new Problem(foreign ? 'grant_unreadable' : 'vault_unavailable', { cause });
}
