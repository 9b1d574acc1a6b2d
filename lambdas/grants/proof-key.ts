/** The public half of a proof key, as a JWK with nothing more than Google takes. */
export interface ProofPublicKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/**
 * A key to which refresh tokens are bound: it signs, and cannot be exported.
 *
 * Both methods throw Problem `vault_unavailable` when the key cannot be used.
 */
export interface ProofKey {
  publicKey(): Promise<ProofPublicKey>;
  /** Signs by ES256: R and S, 32 bytes each (RFC 7518, 3.4). */
  sign(message: Uint8Array): Promise<Uint8Array>;
}
