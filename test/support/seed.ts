import { randomInt } from 'node:crypto';
import fc from 'fast-check';

/**
 * From which everything follows that chance decides in a test: the same in each run, so that whoever changes nothing
 * sees no test fail. `TEST_SEED` is another one, `TEST_SEED=random` a new one for each file.
 */
export const seed = readSeed(process.env['TEST_SEED'] || '20261123');

function readSeed(asked: string): number {
  if (asked === 'random') return randomInt(1, 1_000_000_000);
  if (/^\d{1,9}$/.test(asked)) return Number(asked);
  throw new Error('TEST_SEED is not valid: give a whole number of up to nine digits, or random.');
}

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
