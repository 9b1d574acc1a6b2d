import type { Logger } from '../log.ts';
import type { TokenCipher } from './token-cipher.ts';

export type DecryptionReason =
  | 'complete a consent'
  | 'read mail'
  | 'issue an access token'
  | 'sync a mailbox'
  | 'revoke a grant';

/**
 * The same cipher, but it logs every decryption: the kind of token, the account and the reason. CloudTrail records the
 * rest from KMS, without the reason.
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
