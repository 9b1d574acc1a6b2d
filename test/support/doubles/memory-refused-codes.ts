import type { RefusedCodes } from '../../../lambdas/consent/refused-codes.ts';

/** Refused codes in memory. */
export function memoryRefusedCodes(): RefusedCodes & { readonly rows: Map<string, number> } {
  const rows = new Map<string, number>();
  return {
    rows,
    add: async (codeId, expiresAt) => {
      rows.set(codeId, expiresAt);
    },
    has: async (codeId) => rows.has(codeId),
  };
}
