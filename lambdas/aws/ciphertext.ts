import * as v from 'valibot';

/**
 * The schema of a stored ciphertext. A missing or invalid one is read as empty, which fails to decrypt like a damaged
 * one. So a new consent can replace the grant, as it can any unreadable grant.
 */
export const ciphertext = v.fallback(v.instance(Uint8Array), () => new Uint8Array());
