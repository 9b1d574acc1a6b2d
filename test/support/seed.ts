import { randomInt } from 'node:crypto';
import fc from 'fast-check';

const asked = process.env['TEST_SEED'];

/**
 * From which everything follows that chance decides in a test: the same in each run, so that whoever changes nothing
 * sees no test fail. `TEST_SEED` is another one, `TEST_SEED=random` a new one for each file.
 */
export const seed = asked === 'random' ? randomInt(1, 1_000_000_000) : Number(asked ?? 20_261_123);

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
