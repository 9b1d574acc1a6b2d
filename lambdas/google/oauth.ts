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
import { createDpopProver, type DpopProver, thumbprintOf } from './dpop.ts';
import { failedResponse, type GoogleResponse, unreachable } from './failure.ts';
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

/** The retries and the connection of a call. */
type CallOptions = Pick<TransportOptions, 'retryConfig' | 'agent'>;

interface GoogleOAuthOptions {
  readonly client: ClientCredentialsSource;
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** The default redirect URI; exchanges need it, refreshes do not. */
  readonly redirectUri?: string | undefined;
  /** The key that refresh tokens are bound to at their exchange; undefined if they are not bound. */
  readonly proofKey?: ProofKey | undefined;
  readonly log: Logger;
  readonly transport?: Transport;
  readonly clock?: () => number;
}

/**
 * What a header can carry (RFC 6750, 2.1) and the token key can encrypt; Google's tokens have at most half that length.
 */
const token = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,4096}$/));

const tokenAnswer = v.object({
  access_token: token,
  // A client must not use a token whose type it does not know (RFC 6749, 7.1).
  token_type: v.optional(v.pipe(v.string(), v.toLowerCase(), v.literal('bearer'))),
  expires_in: accessTokenLife,
  refresh_token_expires_in: refreshTokenLife,
  // An empty token counts as none.
  refresh_token: v.fallback(v.optional(token), undefined),
  scope: v.optional(v.string()),
  id_token: v.fallback(v.optional(v.string()), undefined),
});

const errorAnswer = v.object({ error: v.string(), error_description: v.optional(v.string()) });

/** Errors of the token endpoint that the operator must fix, not the user. */
const operatorErrors = [
  'invalid_client',
  'deleted_client',
  'disabled_client',
  'unauthorized_client',
  'redirect_uri_mismatch',
];

const otherOperatorErrors = operatorErrors.filter((fault) => fault !== 'redirect_uri_mismatch');

/** How long the token endpoint may take (milliseconds). */
const tokenTimeout = 6_000;

/** Google's token endpoint (RFC 6749; Google, “Using OAuth 2.0 for Web Server Applications”). */
export function createGoogleOAuth(options: GoogleOAuthOptions): CodeExchanger & TokenRefresher {
  const { client, issuer, tokenEndpoint, redirectUri: usualRedirectUri, log, clock = Date.now } = options;
  const transport = options.transport ?? createTransport();
  const proofs = options.proofKey && {
    key: options.proofKey,
    exchange: createDpopProver(options.proofKey, tokenEndpoint, clock),
    refresh: createDpopProver(options.proofKey, tokenEndpoint, clock),
  };
  const currentKey = async () => proofs && thumbprintOf(await proofs.key.publicKey());

  async function requestTokens(
    form: Record<string, string>,
    how: {
      readonly call: CallOptions;
      readonly faults?: readonly string[];
      readonly proof?: { readonly prover: DpopProver; readonly id: () => string } | undefined;
    },
  ): Promise<v.InferOutput<typeof tokenAnswer> | { error: string }> {
    const { call, faults = operatorErrors, proof } = how;
    const { clientId, clientSecret } = await client.get();
    // Built for each request: the client redacts the secrets in a request that Google refused.
    const data = () => new URLSearchParams({ ...form, client_id: clientId, client_secret: clientSecret });
    const send = (prove?: () => Promise<string>) =>
      post(transport, tokenEndpoint, data(), { clock, prove, ...call });
    const answer = await (proof === undefined ? send() : proof.prover(proof.id, send));
    if (answer.status < 400) {
      const tokens = v.safeParse(tokenAnswer, answer.data);
      if (tokens.success) return tokens.output;
      throw new Problem('google_error', { cause: new Error('The token endpoint returned no tokens.') });
    }
    const parsed = v.safeParse(errorAnswer, answer.data);
    if (!parsed.success) throw new Problem('google_error', { cause: new Error(`Status ${answer.status}.`) });
    const { error } = parsed.output;
    if (!faults.includes(error)) return { error };
    client.forget();
    log.error({
      event: 'google refused this site',
      googleError: error,
      googleStatus: answer.status,
      remedy:
        'compare client ID, client secret and redirect URI with Google’s console; upload client_secret.json again',
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
      const tokens = await requestTokens(
        {
          grant_type: 'authorization_code',
          code,
          ...(codeVerifier !== undefined && { code_verifier: codeVerifier }),
          ...(redirectUri !== undefined && { redirect_uri: redirectUri }),
        },
        {
          call: newConnection,
          // If the program named the wrong redirect URI for its code, that is the program's fault.
          faults: named === undefined ? operatorErrors : otherOperatorErrors,
          proof: proofs && { prover: proofs.exchange, id: () => hashOf(code) },
        },
      );
      if ('error' in tokens) {
        log.warn({ event: 'code exchange failed', googleError: safeErrorCode(tokens.error) });
        throw new Problem(isPolicyRefusalOfToken(tokens.error) ? 'domain_policy' : 'code_exchange_failed');
      }
      const { clientId } = await client.get();
      return {
        ...readIdToken(tokens.id_token, { issuer, clientId, nonce, now: clock() }),
        scopes: tokens.scope === undefined ? undefined : parseScopes(tokens.scope),
        refreshToken: tokens.refresh_token,
        boundTo: await currentKey(),
        accessToken: accessTokenOf(tokens),
        ...grantEnd(tokens.refresh_token_expires_in, clock()),
      };
    },

    refresh: async (refreshToken, boundTo) => {
      if (boundTo !== undefined && boundTo !== (await currentKey())) throw boundToOtherKey();
      const tokens = await requestTokens(
        { grant_type: 'refresh_token', refresh_token: refreshToken },
        {
          call: retryOnce,
          // A token that is not bound to a key needs no proof.
          proof: boundTo === undefined ? undefined : proofs && { prover: proofs.refresh, id: randomToken },
        },
      );
      if (!('error' in tokens)) {
        return { ...accessTokenOf(tokens), ...grantEnd(tokens.refresh_token_expires_in, clock()) };
      }
      log.warn({ event: 'refresh failed', googleError: safeErrorCode(tokens.error) });
      if (tokens.error === 'invalid_grant') return 'revoked';
      if (isPolicyRefusalOfToken(tokens.error)) throw new Problem('domain_policy');
      throw new Problem('google_error', { cause: new Error('The token endpoint refused the refresh.') });
    },
  };
}

/**
 * Google's revocation endpoint. The token goes in the body, so that no log of URLs contains it.
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
      if (answer.status < 300 && confirmsRevocation(answer.data)) return;
      const parsed = v.safeParse(errorAnswer, answer.data);
      // A token that is already invalid counts as revoked.
      if (parsed.success && parsed.output.error === 'invalid_token') return;
      throw new Problem('google_error', { cause: new Error(`Status ${answer.status}.`) });
    },
  };
}

function boundToOtherKey(): Problem {
  return new Problem('grant_unreadable', {
    detail: 'The token is bound to a key that this site no longer uses. Grant access again.',
    cause: new Error('The token is bound to another key than the one in use.'),
  });
}

/** Google's response below 500. A 429, a 5xx or no response says nothing about the token; it may name a retry time. */
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
    /** Makes the DPoP proof for one try. */
    readonly prove?: (() => Promise<string>) | undefined;
  },
): Promise<GoogleResponse> {
  const headers = new Headers(prove && { DPoP: await prove() });
  try {
    const answer = await transport.request<unknown>({
      headers,
      ...call,
      ...(retryConfig && { retryConfig: prove ? withNewProofs(retryConfig, prove) : retryConfig }),
      timeout: tokenTimeout,
      url,
      data,
      method: 'POST',
      responseType: 'json',
    });
    return answer;
  } catch (error) {
    if (error instanceof Problem) throw error;
    const answer = failedResponse(error);
    if (answer === undefined) throw unreachable(error);
    if (answer.status !== 429 && answer.status < 500) return answer;
    const seconds = retryAfterSeconds(answer.headers, '', clock());
    const wait = seconds === undefined ? {} : { retryAfterSeconds: seconds };
    throw new Problem('google_unavailable', { cause: error, ...wait });
  }
}

/** The same retries with a new proof each: Google may have consumed the previous one. */
function withNewProofs(
  retryConfig: NonNullable<TransportOptions['retryConfig']>,
  prove: () => Promise<string>,
): NonNullable<TransportOptions['retryConfig']> {
  return {
    ...retryConfig,
    onRetryAttempt: async ({ config }) => config.headers.set('DPoP', await prove()),
  };
}

/** Google confirms with an empty body or with any JSON but an error. An HTML page of a proxy confirms nothing. */
function confirmsRevocation(data: unknown): boolean {
  if (data === '') return true;
  return typeof data === 'object' && data !== null && !Array.isArray(data) && !Object.hasOwn(data, 'error');
}

/** Error codes in the form of RFC 6749, 5.2; anything else is not repeated. */
function safeErrorCode(text: string): string {
  return /^[a-z_]{1,40}$/.test(text) ? text : 'unknown';
}
