import { CreateKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import type { Site } from './site.ts';

/** A site's token key in the hands of a test, which may do with it what no function does. */
export interface TokenKeyHands {
  /** Encrypts under the token key, or under another key where one is named. */
  encrypt(plaintext: string, context?: Readonly<Record<string, string>>, keyId?: string): Promise<Uint8Array>;
  /** Makes another key beside the token key. */
  newKey(): Promise<string>;
  close(): void;
}

/** Reaches for the KMS of a site. */
export function tokenKeyOf({ aws }: Pick<Site, 'aws'>): TokenKeyHands {
  const { kmsEndpoint: endpoint, region, credentials, tokenKey } = aws;
  const kms = new KMSClient({ endpoint, region, credentials });
  return {
    encrypt: async (plaintext, context = {}, keyId = tokenKey) => {
      const { CiphertextBlob: ciphertext } = await kms.send(
        new EncryptCommand({
          KeyId: keyId,
          Plaintext: Buffer.from(plaintext),
          EncryptionContext: { ...context },
        }),
      );
      if (ciphertext === undefined) throw new Error('KMS gave no ciphertext.');
      return ciphertext;
    },
    newKey: async () => {
      const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({}));
      if (key?.KeyId === undefined) throw new Error('KMS made no key.');
      return key.KeyId;
    },
    close: () => kms.destroy(),
  };
}
