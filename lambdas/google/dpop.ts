import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { ProofKey, ProofPublicKey } from '../grants/proof-key.ts';
import type { GoogleResponse } from './failure.ts';

/**
 * Sends a request with DPoP proofs. Each try has a new proof, because a proof works once. If Google demands a nonce,
 * the request is sent again with that nonce.
 *
 * @param proofId returns the `jti` of each proof
 * @throws Problem `vault_unavailable` if the key cannot be used, and what `send` throws
 */
export type DpopProver = (
  proofId: () => string,
  send: (prove: () => Promise<string>) => Promise<GoogleResponse>,
) => Promise<GoogleResponse>;

/** The form of a nonce (RFC 9449, 8.1). A proof with a longer nonce would exceed the message size of one KMS call. */
const nonceForm = v.pipe(v.string(), v.regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$/));

const nonceDemand = v.object({ error: v.literal('use_dpop_nonce') });

/**
 * Proves possession of the key (RFC 9449; Google, “DPoP Adoption Guide”) for one kind of request to an endpoint. Google
 * issues separate nonces for exchanges and refreshes, so each kind has its own prover, which keeps the last nonce.
 */
export function createDpopProver(key: ProofKey, endpoint: string, clock: () => number): DpopProver {
  const { origin, pathname } = new URL(endpoint);
  let nonce: string | undefined;

  async function prove(proofId: string): Promise<string> {
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: await key.publicKey() };
    const iat = Math.floor(clock() / 1_000);
    const claims = { htm: 'POST', htu: origin + pathname, iat, jti: proofId, ...(nonce && { nonce }) };
    const signed = `${encode(header)}.${encode(claims)}`;
    const signature = await key.sign(Buffer.from(signed));
    return `${signed}.${Buffer.from(signature).toString('base64url')}`;
  }

  return async (proofId, send) => {
    const once = async () => {
      const answer = await send(() => prove(proofId()));
      const given = v.safeParse(nonceForm, answer.headers.get('dpop-nonce'));
      if (given.success) nonce = given.output;
      return { answer, wantsNonce: given.success && v.is(nonceDemand, answer.data) };
    };
    const { answer, wantsNonce } = await once();
    return wantsNonce ? (await once()).answer : answer;
  };
}

/** The JWK thumbprint of a key (RFC 7638). */
export function thumbprintOf({ crv, kty, x, y }: ProofPublicKey): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
