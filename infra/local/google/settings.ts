import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** Generated once for a data folder: the signing key of ID tokens and the key of the cookies. */
export interface Secrets {
  /** A private RSA key as a JWK, with `kid`. */
  readonly signingKey: Record<string, unknown>;
  readonly cookieKey: string;
}

/** Returns the data folder's secrets, generated on the first call. */
export function loadSecrets(database: DatabaseSync): Secrets {
  return {
    signingKey: JSON.parse(loadOrCreate(database, 'signingKey', () => JSON.stringify(newSigningKey()))),
    cookieKey: loadOrCreate(database, 'cookieKey', () => randomBytes(32).toString('base64url')),
  };
}

function loadOrCreate(database: DatabaseSync, name: string, make: () => string): string {
  const row = database.prepare('SELECT value FROM settings WHERE name = ?').get(name);
  if (row !== undefined) return String(row['value']);
  const value = make();
  database.prepare('INSERT INTO settings (name, value) VALUES (?, ?)').run(name, value);
  return value;
}

function newSigningKey(): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    ...privateKey.export({ format: 'jwk' }),
    kid: randomBytes(20).toString('hex'),
    use: 'sig',
    alg: 'RS256',
  };
}
