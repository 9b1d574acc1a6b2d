import type { Ciphertext } from './grant.ts';

/** The service's name in every encryption context. */
export const serviceName = 'gmail-offline-access';

/**
 * What a ciphertext is bound to. KMS decrypts only under the context it encrypted with, so one account's
 * ciphertext is worth nothing in another's row.
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
 * Both throw Problem `vault_unavailable` when the key cannot be used; decrypt throws `grant_unreadable` when the
 * ciphertext was not made for this context. Nothing ever falls back to clear text.
 */
export interface TokenCipher {
  encrypt(plaintext: string, context: EncryptionContext): Promise<Ciphertext>;
  decrypt(ciphertext: Ciphertext, context: EncryptionContext): Promise<string>;
}
