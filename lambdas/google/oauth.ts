import * as v from 'valibot';
import type { CodeExchanger } from '../consent/code-exchange.ts';
import type { TokenRevoker } from '../disconnect/end-grant.ts';
import { Problem } from '../errors.ts';
import type { TokenRefresher } from '../grants/access-tokens.ts';
import type { AccessToken } from '../grants/grant.ts';
import type { ProofKey } from '../grants/proof-key.ts';
import type { Logger } from '../log.ts';
import { isPolicyRefusalOfToken } from '../policy-refusals.ts';
import { parseScopes } from '../scopes.ts';
import { hashOf, randomToken } from '../secrets.ts';
import type { ClientCredentialsSource } from './client-credentials.ts';
import { createProver, type ProvedAnswer, type Prover, thumbprintOf } from './dpop.ts';
import { failedAnswer, unreachable } from './failure.ts';
import { readIdToken } from './id-token.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { accessTokenLife, grantEnd, refreshTokenLife } from './token-lifetime.ts';
import {
  createTransport,
  newConnection,
  retryOnce,
  type Transport,
  type TransportOptions,
} from './transport.ts';

/** How a call differs from the others in its tries and its connection. */
type CallOptions = Pick<TransportOptions, 'retryConfig' | 'agent'>;

export interface GoogleOAuthOptions {
  readonly client: ClientCredentialsSource;
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** Where a consent leads back to unless it says otherwise; needed to exchange codes, not to refresh. */
  readonly redirectUri?: string;
  /** The key to which refresh tokens are bound at their exchange; undefined: they are bound to none. */
  readonly proofKey?: ProofKey | undefined;
  readonly log: Logger;
  readonly transport?: Transport;
  readonly clock?: () => number;
}

/** What a header can carry (RFC 6750, 2.1) and the token key encrypts; Google's are half as long at the most. */
const token = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,4096}$/));

const tokenAnswer = v.object({
  access_token: token,
  // Whoever does not know a type of token must not use it (RFC 6749, 7.1).
  token_type: v.optional(v.pipe(v.string(), v.toLowerCase(), v.literal('bearer'))),
  expires_in: accessTokenLife,
  refresh_token_expires_in: refreshTokenLife,
  // An empty token is none.
  refresh_token: v.fallback(v.optional(token), undefined),
  scope: v.optional(v.string()),
  id_token: v.fallback(v.optional(v.string()), undefined),
});

const errorAnswer = v.object({ error: v.string(), error_description: v.optional(v.string()) });

/** Errors of the token endpoint that are the operator's fault, never a user's. */
const operatorsFaults = [
  'invalid_client',
  'deleted_client',
  'disabled_client',
  'unauthorized_client',
  'redirect_uri_mismatch',
];

const otherOperatorsFaults = operatorsFaults.filter((fault) => fault !== 'redirect_uri_mismatch');

/** How long the token endpoint may take (milliseconds). */
const tokenTimeout = 6_000;

/** Google's token endpoint (RFC 6749; Google, “Using OAuth 2.0 for Web Server Applications”). */
export function createGoogleOAuth(options: GoogleOAuthOptions): CodeExchanger & TokenRefresher {
  const { client, issuer, tokenEndpoint, redirectUri: usualRedirectUri, log, clock = Date.now } = options;
  const transport = options.transport ?? createTransport();
  const proofs = options.proofKey && {
    key: options.proofKey,
    exchange: createProver(options.proofKey, tokenEndpoint, clock),
    refresh: createProver(options.proofKey, tokenEndpoint, clock),
  };
  const keyInUse = async () => proofs && thumbprintOf(await proofs.key.publicKey());

  async function askForTokens(
    form: Record<string, string>,
    how: {
      readonly call: CallOptions;
      readonly faults?: readonly string[];
      readonly proof?: { readonly prover: Prover; readonly id: () => string } | undefined;
    },
  ): Promise<v.InferOutput<typeof tokenAnswer> | { error: string }> {
    const { call, faults = operatorsFaults, proof } = how;
    const { clientId, clientSecret } = await client.get();
    // Made for each: of a request that Google refused, the client overwrites the secrets.
    const data = () => new URLSearchParams({ ...form, client_id: clientId, client_secret: clientSecret });
    const send = (prove?: () => Promise<string>) =>
      post(transport, tokenEndpoint, data(), { clock, prove, ...call });
    const answer = await (proof === undefined ? send() : proof.prover(proof.id, send));
    if (answer.status < 400) {
      const tokens = v.safeParse(tokenAnswer, answer.data);
      if (tokens.success) return tokens.output;
      throw new Problem('google_error', { cause: new Error('The token endpoint’s answer holds no tokens.') });
    }
    const said = v.safeParse(errorAnswer, answer.data);
    if (!said.success) throw new Problem('google_error', { cause: new Error(`Status ${answer.status}.`) });
    const { error } = said.output;
    if (!faults.includes(error)) return { error };
    client.forget();
    log.error({
      event: 'google refused this site',
      googleError: error,
      googleStatus: answer.status,
      remedy:
        'compare the client ID, client secret and redirect URI with Google’s console, then upload client_secret.json again',
    });
    throw new Problem('misconfigured');
  }

  const accessTokenOf = (tokens: { access_token: string; expires_in: number }): AccessToken => ({
    token: tokens.access_token,
    expiresAt: clock() + tokens.expires_in * 1000,
  });

  return {
    clientId: async (expected) => {
      const { clientId } = await client.get();
      if (expected === undefined || clientId === expected) return clientId;
      client.forget();
      return (await client.get()).clientId;
    },

    exchangeCode: async ({ code, codeVerifier, nonce, redirectUri: named }) => {
      const redirectUri = named ?? usualRedirectUri;
      const tokens = await askForTokens(
        {
          grant_type: 'authorization_code',
          code,
          ...(codeVerifier !== undefined && { code_verifier: codeVerifier }),
          ...(redirectUri !== undefined && { redirect_uri: redirectUri }),
        },
        {
          call: newConnection,
          // A program that named another way than the one by which its code came has itself to blame.
          faults: named === undefined ? operatorsFaults : otherOperatorsFaults,
          proof: proofs && { prover: proofs.exchange, id: () => hashOf(code) },
        },
      );
      if ('error' in tokens) {
        log.warn({ event: 'code exchange failed', googleError: oauthWord(tokens.error) });
        throw new Problem(isPolicyRefusalOfToken(tokens.error) ? 'domain_policy' : 'code_exchange_failed');
      }
      const { clientId } = await client.get();
      return {
        ...readIdToken(tokens.id_token, { issuer, clientId, nonce, now: clock() }),
        scopes: tokens.scope === undefined ? undefined : parseScopes(tokens.scope),
        refreshToken: tokens.refresh_token,
        boundTo: await keyInUse(),
        accessToken: accessTokenOf(tokens),
        ...grantEnd(tokens.refresh_token_expires_in, clock()),
      };
    },

    refresh: async (refreshToken, boundTo) => {
      if (boundTo !== undefined && boundTo !== (await keyInUse())) throw boundElsewhere();
      const tokens = await askForTokens(
        { grant_type: 'refresh_token', refresh_token: refreshToken },
        {
          call: retryOnce,
          // A token that is bound to no key needs no proof.
          proof: boundTo === undefined ? undefined : proofs && { prover: proofs.refresh, id: randomToken },
        },
      );
      if (!('error' in tokens)) {
        return { ...accessTokenOf(tokens), ...grantEnd(tokens.refresh_token_expires_in, clock()) };
      }
      log.warn({ event: 'refresh failed', googleError: oauthWord(tokens.error) });
      if (tokens.error === 'invalid_grant') return 'revoked';
      if (isPolicyRefusalOfToken(tokens.error)) throw new Problem('domain_policy');
      throw new Problem('google_error', { cause: new Error('The token endpoint refused the refresh.') });
    },
  };
}

/**
 * Google's revocation endpoint. The token goes in the body, where no log of URLs sees it.
 *
 * Revocation is project-wide: it ends every grant of the account to any client of the Google Cloud project.
 */
export function createTokenRevoker({
  revocationEndpoint,
  transport = createTransport(),
  clock = Date.now,
}: {
  revocationEndpoint: string;
  transport?: Transport;
  clock?: () => number;
}): TokenRevoker {
  return {
    revoke: async (refreshToken) => {
      const data = new URLSearchParams({ token: refreshToken });
      const answer = await post(transport, revocationEndpoint, data, { clock, ...retryOnce });
      if (answer.status < 300 && saysRevoked(answer.data)) return;
      const said = v.safeParse(errorAnswer, answer.data);
      // A token that is dead already is as good as revoked.
      if (said.success && said.output.error === 'invalid_token') return;
      throw new Problem('google_error', { cause: new Error(`Status ${answer.status}.`) });
    },
  };
}

function boundElsewhere(): Problem {
  return new Problem('grant_unreadable', {
    detail: 'The token is bound to a key that this site no longer uses. Grant access again.',
    cause: new Error('The token is bound to another key than the one in use.'),
  });
}

/**
 * Google's answer below 500. 429 and 5xx, like no answer, say nothing about the token that was sent, but perhaps when
 * to come back.
 */
async function post(
  transport: Transport,
  url: string,
  data: URLSearchParams,
  {
    clock,
    prove,
    retryConfig,
    ...call
  }: CallOptions & {
    readonly clock: () => number;
    /** Makes the proof of possession for one try. */
    readonly prove?: (() => Promise<string>) | undefined;
  },
): Promise<ProvedAnswer> {
  const headers = new Headers(prove && { DPoP: await prove() });
  try {
    const answer = await transport.request<unknown>({
      headers,
      ...call,
      ...(retryConfig && { retryConfig: prove ? provedAnew(retryConfig, prove) : retryConfig }),
      timeout: tokenTimeout,
      url,
      data,
      method: 'POST',
      responseType: 'json',
    });
    return answer;
  } catch (error) {
    if (error instanceof Problem) throw error;
    const answer = failedAnswer(error);
    if (answer === undefined) throw unreachable(error);
    if (answer.status !== 429 && answer.status < 500) return answer;
    const seconds = retryAfterSeconds(answer.headers, '', clock());
    const wait = seconds === undefined ? {} : { retryAfterSeconds: seconds };
    throw new Problem('google_unavailable', { cause: error, ...wait });
  }
}

/** The same retries, each with a proof of its own: Google may have taken the one before. */
function provedAnew(
  retryConfig: NonNullable<TransportOptions['retryConfig']>,
  prove: () => Promise<string>,
): NonNullable<TransportOptions['retryConfig']> {
  return {
    ...retryConfig,
    onRetryAttempt: async ({ config }) => config.headers.set('DPoP', await prove()),
  };
}

/** A success is JSON of no meaning, or nothing. A page of somebody in between, or an error in it, revokes nothing. */
function saysRevoked(data: unknown): boolean {
  if (data === '') return true;
  return typeof data === 'object' && data !== null && !Array.isArray(data) && !Object.hasOwn(data, 'error');
}

/** Error codes are written as RFC 6749, 5.2 allows; anything else is not repeated. */
function oauthWord(text: string): string {
  return /^[a-z_]{1,40}$/.test(text) ? text : 'unknown';
}
