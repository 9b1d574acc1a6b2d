import type { Ciphertext } from './grant.ts';

export const serviceName = 'gmail-offline-access';

/**
 * The encryption context of a ciphertext. KMS decrypts only with the context of the encryption, so a ciphertext copied
 * to another account's row is useless.
 */
export type EncryptionContext =
  | {
      readonly service: typeof serviceName;
      readonly accountId: string;
      readonly clientId: string;
      readonly tokenKind: 'refresh' | 'access';
    }
  | {
      readonly service: typeof serviceName;
      readonly loginId: string;
      readonly clientId: string;
      readonly tokenKind: 'login';
    };

/**
 * Encrypts and decrypts with the token key.
 *
 * Both throw Problem `vault_unavailable` if the key cannot be used. `decrypt` throws `grant_unreadable` if the
 * ciphertext was made with another context. There is no fallback to clear text.
 */
export interface TokenCipher {
  encrypt(plaintext: string, context: EncryptionContext): Promise<Ciphertext>;
  decrypt(ciphertext: Ciphertext, context: EncryptionContext): Promise<string>;
}
