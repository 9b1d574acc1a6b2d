import type { Logger } from '../log.ts';
import type { TokenCipher } from './token-cipher.ts';

/** What a function decrypts tokens for. */
export type DecryptionReason =
  | 'complete a consent'
  | 'read mail'
  | 'issue an access token'
  | 'sync a mailbox'
  | 'revoke a grant';

/**
 * The same cipher, which tells the log of every token that it decrypts: of which kind, of whom, and what for. KMS tells
 * CloudTrail the same but for the reason, which it does not know.
 */
export function logDecryptions(cipher: TokenCipher, reason: DecryptionReason, log: Logger): TokenCipher {
  return {
    ...cipher,
    decrypt: async (ciphertext, context) => {
      const plaintext = await cipher.decrypt(ciphertext, context);
      const accountId = 'accountId' in context ? context.accountId : undefined;
      log.info({ event: 'token decrypted', tokenKind: context.tokenKind, accountId, reason });
      return plaintext;
    },
  };
}
