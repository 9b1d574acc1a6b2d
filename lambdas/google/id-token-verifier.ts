import { compactVerify, createRemoteJWKSet, errors } from 'jose';
import type { IdTokenVerifier } from '../consent/code-exchange.ts';
import { Problem } from '../errors.ts';
import { readIdToken, untrustedIdToken } from './id-token.ts';

interface IdTokenVerifierOptions {
  readonly clientId: () => Promise<string>;
  readonly issuer: string;
  /** Where Google publishes its signing keys. */
  readonly keysEndpoint: string;
  readonly clock?: () => number;
  /** How long to wait for Google's keys, in milliseconds. */
  readonly timeout?: number;
}

/**
 * Verifies ID tokens that did not come from the token endpoint. Google's keys are cached for ten minutes. An unknown
 * key causes a new read, at most once in 30 seconds.
 */
export function createIdTokenVerifier(options: IdTokenVerifierOptions): IdTokenVerifier {
  const { issuer, keysEndpoint, clock = Date.now, timeout = 5_000 } = options;
  const keys = createRemoteJWKSet(new URL(keysEndpoint), { timeoutDuration: timeout });
  return {
    verifyIdToken: async (idToken, nonce) => {
      const clientId = await options.clientId();
      // Claims first: Google's keys are read only for a token issued to this client.
      const { accountId } = readIdToken(idToken, { issuer, clientId, nonce, now: clock() });
      await compactVerify(idToken, keys, { algorithms: ['RS256'] }).catch((error: unknown) => {
        throw keyProblem(error);
      });
      return accountId;
    },
  };
}

function keyProblem(error: unknown): Problem {
  if (error instanceof errors.JWKSTimeout) return new Problem('google_timeout', { cause: error });
  const isForged =
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWKSNoMatchingKey;
  return isForged
    ? untrustedIdToken('is not signed by Google')
    : new Problem('google_unavailable', { cause: error });
}
