import * as v from 'valibot';

/**
 * A ciphertext as an item holds it. What is something else, or missing, is read as an empty one, which decrypts as
 * little as a broken one does: so a new consent may replace it, as it may any grant that cannot be read.
 */
export const ciphertext = v.fallback(v.instance(Uint8Array), () => new Uint8Array());
