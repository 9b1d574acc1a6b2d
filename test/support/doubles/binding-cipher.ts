import { Problem } from '../../../lambdas/errors.ts';
import type { EncryptionContext, TokenCipher } from '../../../lambdas/grants/token-cipher.ts';

/** A cipher that binds ciphertext to its context as the token key does, and can be switched off. */
export interface BindingCipher extends TokenCipher {
  available: boolean;
}

/** Ciphertexts are the reversed text under the context's name: no plaintext is found in them as it is. */
export function bindingCipher(): BindingCipher {
  const nameOf = (context: EncryptionContext) =>
    JSON.stringify(Object.entries(context).sort(([one], [other]) => one.localeCompare(other)));
  const reverse = (text: string) => [...text].reverse().join('');
  const cipher: BindingCipher = {
    available: true,
    encrypt: async (plaintext, context) => {
      if (!cipher.available) throw new Problem('vault_unavailable');
      return Buffer.from(JSON.stringify({ context: nameOf(context), text: reverse(plaintext) }));
    },
    decrypt: async (ciphertext, context) => {
      if (!cipher.available) throw new Problem('vault_unavailable');
      const sealed: { context?: string; text?: string } = JSON.parse(Buffer.from(ciphertext).toString());
      if (sealed.context !== nameOf(context)) throw new Problem('grant_unreadable');
      return reverse(sealed.text ?? '');
    },
  };
  return cipher;
}
