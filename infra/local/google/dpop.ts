import { createHash, randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from 'jose';
import * as v from 'valibot';
import { type Answer, json } from './http.ts';

/** The tolerated clock difference of a proof (seconds). */
const tolerance = 60;

/** How long a nonce is current (milliseconds); it is accepted for as long again. */
const nonceLife = 5 * 60_000;

const header = v.object({
  typ: v.literal('dpop+jwt'),
  alg: v.literal('ES256'),
  jwk: v.strictObject({ kty: v.literal('EC'), crv: v.literal('P-256'), x: v.string(), y: v.string() }),
});

const payload = v.object({
  htm: v.string(),
  htu: v.string(),
  iat: v.number(),
  jti: v.string(),
  nonce: v.optional(v.string()),
});

/** The parts of a token request that matter to DPoP. */
export interface ProvedRequest {
  readonly proof: string | undefined;
  /** The requested URL without its query. */
  readonly address: string;
  readonly form: URLSearchParams;
}

/** Nonces of one kind of request, renewed every few minutes. */
class Nonces {
  #current = '';
  #previous = '';
  #until = 0;

  get current(): string {
    if (Date.now() >= this.#until) {
      this.#previous = Date.now() < this.#until + nonceLife ? this.#current : '';
      this.#current = randomBytes(16).toString('base64url');
      this.#until = Date.now() + nonceLife;
    }
    return this.#current;
  }

  takes(nonce: string | undefined): boolean {
    return nonce !== undefined && nonce !== '' && [this.current, this.#previous].includes(nonce);
  }
}

/**
 * Proofs of possession (RFC 9449, “DPoP”), as strict as Google documents them. A proof at the code exchange binds the
 * refresh token to its key, and each later use of that token needs a new proof by the same key. Each proof needs a
 * nonce of the endpoint; exchange and refresh have separate nonces.
 */
export class Proofs {
  readonly #database: DatabaseSync;
  readonly #nonces = { exchange: new Nonces(), refresh: new Nonces() };
  /** The IDs of accepted proofs, each until the proof would expire anyway (epoch seconds). */
  readonly #taken = new Map<string, number>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Returns the refusal of a token request, if any, and the nonce for the next one. */
  async check({ proof, address, form }: ProvedRequest): Promise<{ refused?: Answer; nonce?: string }> {
    const isRefresh = form.get('grant_type') === 'refresh_token';
    const boundTo = isRefresh ? this.#keyOf(form.get('refresh_token') ?? '') : undefined;
    if (proof === undefined) return boundTo === undefined ? {} : { refused: invalidGrant() };
    const nonces = this.#nonces[isRefresh ? 'refresh' : 'exchange'];
    const nonce = nonces.current;
    const refuse = (error: string, description: string) => ({ refused: refusal(error, description, nonce) });
    const read = await readProof(proof);
    if (read === undefined) return refuse('invalid_dpop_proof', 'The proof is malformed.');
    const fault = faultOf(read, address, isRefresh ? undefined : (form.get('code') ?? ''));
    if (fault !== undefined) return refuse('invalid_dpop_proof', fault);
    if (!nonces.takes(read.nonce)) return refuse('use_dpop_nonce', 'The proof must have the nonce.');
    if (boundTo !== undefined && boundTo !== read.thumbprint) return { refused: invalidGrant() };
    if (this.#isTaken(read)) return refuse('invalid_dpop_proof', 'The proof was used before.');
    return { nonce };
  }

  /** Binds a refresh token to the key of the proof with which its code was exchanged. */
  async bind(refreshToken: string, proof: string): Promise<void> {
    const read = await readProof(proof);
    if (read === undefined) return;
    this.#database
      .prepare('INSERT OR REPLACE INTO bindings (refreshToken, thumbprint) VALUES (?, ?)')
      .run(refreshToken, read.thumbprint);
  }

  #keyOf(refreshToken: string): string | undefined {
    const row = this.#database
      .prepare('SELECT thumbprint FROM bindings WHERE refreshToken = ?')
      .get(refreshToken);
    return row && String(row['thumbprint']);
  }

  #isTaken({ jti, iat }: { jti: string; iat: number }): boolean {
    const now = Date.now() / 1000;
    for (const [id, until] of this.#taken) if (until < now) this.#taken.delete(id);
    if (this.#taken.has(jti)) return true;
    this.#taken.set(jti, iat + 2 * tolerance);
    return false;
  }
}

type ReadProof = v.InferOutput<typeof payload> & { readonly thumbprint: string };

async function readProof(proof: string): Promise<ReadProof | undefined> {
  try {
    const verified = await jwtVerify(proof, EmbeddedJWK, { algorithms: ['ES256'], typ: 'dpop+jwt' });
    const { jwk } = v.parse(header, verified.protectedHeader);
    return {
      ...v.parse(payload, verified.payload),
      thumbprint: await calculateJwkThumbprint(jwk satisfies JWK),
    };
  } catch {
    return undefined;
  }
}

/** The fault in a proof's claims. */
function faultOf(
  { htm, htu, iat, jti }: ReadProof,
  address: string,
  code: string | undefined,
): string | undefined {
  if (htm !== 'POST') return 'htm is not the method.';
  if (htu !== address) return 'htu is not the address.';
  if (Math.abs(Date.now() / 1000 - iat) > tolerance) return 'iat is not now.';
  const codeHash = code === undefined ? undefined : createHash('sha256').update(code).digest('base64url');
  if (codeHash !== undefined && jti !== codeHash) return 'jti is not the hash of the code.';
  return undefined;
}

function refusal(error: string, description: string, nonce: string): Answer {
  return json({ error, error_description: description }, 400, { 'dpop-nonce': nonce });
}

/** Google does not document this refusal; it is the one of RFC 6749, 5.2. */
function invalidGrant(): Answer {
  return json({ error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }, 400);
}
