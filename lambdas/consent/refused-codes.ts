import { decodePercentRepeatedly } from '../http/path-safety.ts';
import { hashOf } from '../secrets.ts';

/** Authorization codes that reached our callback with a refused state. */
export interface RefusedCodes {
  add(codeId: string, expiresAt: number): Promise<void>;
  has(codeId: string): Promise<boolean>;
}

/** How long a code is refused (milliseconds); Google's codes expire after minutes. */
export const refusalLifetime = 86_400_000;

/**
 * The storage key of a refused code. Only letters and digits count, without the last two characters: another encoding
 * of the same bytes, such as base64 with padding, is the same code.
 */
export function codeIdOf(code: string): string {
  return hashOf(
    decodePercentRepeatedly(code)
      .replace(/[^A-Za-z0-9]/g, '')
      .slice(0, -2),
  );
}
