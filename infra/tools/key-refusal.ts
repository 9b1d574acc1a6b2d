import { Problem } from '../../lambdas/errors.ts';
import type { TokenCipher } from '../../lambdas/grants/token-cipher.ts';

/**
 * KMS refuses to decrypt with the operator's credentials. This is not a Problem, because a disconnect continues after a
 * Problem and erases the token unrevoked. It is not a ToolError, which means that nothing was changed.
 */
export class KeyRefusal extends Error {
  override readonly name = 'KeyRefusal';
}

/**
 * Wraps a cipher for an operator: the key policy allows operators to decrypt only as the break-glass role.
 *
 * @param consequence the state after a refusal, in words for the operator
 * @returns a cipher whose `decrypt` throws KeyRefusal when KMS denies access
 */
export function asOperator(cipher: TokenCipher, consequence = 'nothing was done'): TokenCipher {
  return {
    ...cipher,
    decrypt: async (ciphertext, context) => {
      try {
        return await cipher.decrypt(ciphertext, context);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        throw new KeyRefusal(
          'these AWS credentials must not decrypt tokens: use those of the role in the option breakGlassRoleArn of the ' +
            `deployment; ${consequence}`,
          { cause: error },
        );
      }
    },
  };
}

function isRefusal(error: unknown): boolean {
  const cause = error instanceof Problem ? error.cause : undefined;
  return cause instanceof Error && cause.name === 'AccessDeniedException';
}
