import { createHmac } from 'node:crypto';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Problem } from '../errors.ts';
import { isSameSecret } from '../secrets.ts';
import { createSecretReader } from './secret.ts';

/**
 * Authenticates rows of the table of logins. A row with no MAC, or a wrong one, was not written by this site: write
 * access to the table alone makes nobody a session.
 */
export interface RowMac {
  /** The MAC of a row, in base64url. Attributes that are undefined do not count, as they are not stored. */
  of(row: object): Promise<string>;
  /** Whether `mac` is the MAC of the row. */
  fits(row: object, mac: unknown): Promise<boolean>;
  /** Gets the key, side by side with whatever else takes time. */
  ready(): Promise<unknown>;
}

/** Authenticates rows by HMAC-SHA-256 under a key of 256 bits, which is asked for at each use. */
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

/** The secret that holds the login key, and which of the keys that are derived from it is in use. */
export interface LoginKey {
  readonly secretId: string;
  readonly version: string;
}

/** What the key is derived with. Another text would give another key, and everybody would have to sign in again. */
const label = 'gmail-offline-access: rows of the table of logins';

/**
 * The MAC under the login key, which each process reads once: no warm request reads it. The first requests of a process
 * share one read; a read that failed is made again at the next request.
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

/** Fewer characters are no key: Secrets Manager makes up 64 letters and digits, and 43 of base64 are 256 bits. */
const fewestCharacters = 43;

/**
 * @throws Problem `storage_unavailable`: no row can be trusted without the key; or `misconfigured` when the key or the
 * right to it is missing, or it is too short
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

/** The same for equal values, whatever the order of their attributes, and different for different ones. */
function canonical(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { list: value.map(canonical) };
  if (typeof value !== 'object' || value === null) return value;
  const attributes = Object.entries(value).filter(([, content]) => content !== undefined);
  attributes.sort(([one], [other]) => (one < other ? -1 : 1));
  return { map: attributes.map(([name, content]) => [name, canonical(content)]) };
}
