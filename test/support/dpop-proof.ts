import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';

/** A key by which a test proves, made for it. */
export interface ProvingKey {
  readonly jwk: Record<string, unknown>;
  readonly privateKey: KeyObject;
}

/** Makes a key of P-256. */
export function provingKey(): ProvingKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }) } };
}

/** What a proof may differ in from a good one. */
export interface ProofChanges {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly encoding?: 'ieee-p1363' | 'der';
}

/** A proof of RFC 9449, written out by hand so that nothing of the product checks itself. */
export function proofOf(
  { jwk, privateKey }: ProvingKey,
  address: string,
  { header, claims, encoding = 'ieee-p1363' }: ProofChanges = {},
): string {
  const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const input = [
    text({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header }),
    text({ htm: 'POST', htu: address, iat, jti: randomUUID(), ...claims }),
  ].join('.');
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: encoding });
  return `${input}.${signature.toString('base64url')}`;
}

/** The ID of the proof for the exchange of a code, as Google demands it. */
export function proofIdOf(code: string): string {
  return createHash('sha256').update(code).digest('base64url');
}
