/** The public half of a DPoP key, as a JWK with only the members that Google accepts. */
export interface ProofPublicKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/**
 * A key that refresh tokens are bound to. It signs and cannot be exported.
 *
 * Both methods throw Problem `vault_unavailable` if the key cannot be used.
 */
export interface ProofKey {
  publicKey(): Promise<ProofPublicKey>;
  /** Signs with ES256: R and S, 32 bytes each (RFC 7518, 3.4). */
  sign(message: Uint8Array): Promise<Uint8Array>;
}
