import { createHmac } from 'node:crypto';
import { GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { Problem } from '../errors.ts';
import { isSameSecret } from '../secrets.ts';
import { clientOptions, isOperatorsFault } from './client-options.ts';

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

/** A key of KMS for MACs, and which of the keys that it can make is in use. */
export interface LoginKey {
  readonly keyId: string;
  readonly version: string;
}

/** What KMS makes the key of. Another text would give another key, and everybody would have to sign in again. */
const label = 'gmail-offline-access: rows of the table of logins';

/**
 * The MAC under the login key. KMS derives the key for each process from one that never leaves it, so no warm request
 * calls KMS. The first requests of a process share one call; a call that failed is made again at the next request.
 */
export function createLoginMac(key: LoginKey, client: KMSClient = new KMSClient(clientOptions)): RowMac {
  let derived: Promise<Uint8Array> | undefined;
  return createRowMac(() => {
    derived ??= derive(key, client).catch((error: unknown) => {
      derived = undefined;
      throw error;
    });
    return derived;
  });
}

/** @throws Problem `storage_unavailable`: no row can be trusted without the key; or `misconfigured` when the key or the right to it is missing */
async function derive({ keyId, version }: LoginKey, client: KMSClient): Promise<Uint8Array> {
  const command = new GenerateMacCommand({
    KeyId: keyId,
    MacAlgorithm: 'HMAC_SHA_256',
    Message: Buffer.from(`${label}, ${version}`),
  });
  try {
    const { Mac: mac } = await client.send(command);
    if (mac === undefined) throw new Error('KMS gave no MAC.');
    return mac;
  } catch (cause) {
    throw new Problem(isOperatorsFault(cause) ? 'misconfigured' : 'storage_unavailable', { cause });
  }
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
