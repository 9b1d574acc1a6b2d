import { createHmac } from 'node:crypto';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Problem } from '../errors.ts';
import { isSameSecret } from '../secrets.ts';
import { createSecretReader } from './secret.ts';

/**
 * Authenticates rows of the logins table. A row without a valid MAC was not written by this site: write access to the
 * table alone cannot forge a session.
 */
export interface RowMac {
  /** The MAC of a row, in base64url. Undefined attributes do not count, because they are not stored. */
  of(row: object): Promise<string>;
  /** Whether `mac` is the MAC of the row. */
  fits(row: object, mac: unknown): Promise<boolean>;
  /** Loads the key, concurrently with other work. */
  ready(): Promise<unknown>;
}

/** Authenticates rows by HMAC-SHA-256 with a 256-bit key, which is requested at each use. */
export function createRowMac(key: () => Promise<Uint8Array>): RowMac {
  const macOf = async (row: object) =>
    createHmac('sha256', await key())
      .update(JSON.stringify(canonical(row)))
      .digest('base64url');
  return {
    ready: key,
    of: macOf,
    fits: async (row, mac) => {
      const right = await macOf(row);
      return typeof mac === 'string' && isSameSecret(right, mac);
    },
  };
}

/** The secret with the login key, and the version of the derived key in use. */
export interface LoginKey {
  readonly secretId: string;
  readonly version: string;
}

/** The label of the key derivation. A different label would derive a different key and end every session. */
const label = 'gmail-offline-access: rows of the table of logins';

/**
 * The MAC with the login key. Each process reads the key once, so warm requests do not. The first requests of a process
 * share one read; the next request repeats a failed one.
 */
export function createLoginMac(key: LoginKey, client?: SecretsManagerClient): RowMac {
  const remedy = `let this function read the secret ${key.secretId}: restore it, or deploy again`;
  const read = createSecretReader(key.secretId, { missing: { remedy }, unreadable: { remedy } }, client);
  let derived: Promise<Uint8Array> | undefined;
  return createRowMac(() => {
    derived ??= derive(key, read).catch((error: unknown) => {
      derived = undefined;
      throw error;
    });
    return derived;
  });
}

/** The shortest key: Secrets Manager generates 64 letters and digits, and 43 characters of base64 are 256 bits. */
const fewestCharacters = 43;

/**
 * @throws Problem `storage_unavailable`, because no row can be trusted without the key; or `misconfigured` if the key
 *   or the right to it is missing, or the key is too short
 */
async function derive({ secretId, version }: LoginKey, read: () => Promise<string>): Promise<Uint8Array> {
  const secret = await read();
  if (secret.length < fewestCharacters) {
    throw new Problem('misconfigured', {
      remedy:
        `the secret ${secretId} holds fewer than ${fewestCharacters} characters: ` +
        'store at least that many random characters; this ends every session',
    });
  }
  return createHmac('sha256', secret).update(`${label}, ${version}`).digest();
}

/** Equal for equal values in any order of attributes, and different for different values. */
function canonical(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { list: value.map(canonical) };
  if (typeof value !== 'object' || value === null) return value;
  const attributes = Object.entries(value).filter(([, content]) => content !== undefined);
  attributes.sort(([one], [other]) => (one < other ? -1 : 1));
  return { map: attributes.map(([name, content]) => [name, canonical(content)]) };
}
