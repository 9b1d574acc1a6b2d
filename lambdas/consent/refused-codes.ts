import { decodePercentRepeatedly } from '../http/path-safety.ts';
import { hashOf } from '../secrets.ts';

/** Authorization codes that came to our callback with a state that was refused. */
export interface RefusedCodes {
  add(codeId: string, expiresAt: number): Promise<void>;
  has(codeId: string): Promise<boolean>;
}

/** Google's codes end after minutes; this is how long we refuse one (milliseconds). */
export const refusalLifetime = 86_400_000;

/**
 * Under what a refused code is stored. Only letters and digits count, without the last two: another spelling of the same
 * bytes, such as base64 with padding, is the same code.
 */
export function codeIdOf(code: string): string {
  return hashOf(
    decodePercentRepeatedly(code)
      .replace(/[^A-Za-z0-9]/g, '')
      .slice(0, -2),
  );
}
