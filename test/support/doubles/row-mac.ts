import { createRowMac, type RowMac } from '../../../lambdas/aws/login-mac.ts';

/** Authenticates rows as production does, under a key that KMS has no part in. */
export const testMac: RowMac = createRowMac(async () => Buffer.alloc(32, 'key'));

/** Takes every row: for tests of what lies behind. */
export const anyMac: RowMac = {
  ready: async () => undefined,
  of: async () => 'any',
  fits: async () => true,
};
