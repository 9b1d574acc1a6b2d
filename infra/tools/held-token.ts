import * as v from 'valibot';
import { Problem } from '../../lambdas/errors.ts';
import type { ClientCredentialsSource } from '../../lambdas/google/client-credentials.ts';
import { failedResponse, unreachable } from '../../lambdas/google/failure.ts';
import { isVerifiedByGoogle } from '../../lambdas/google/id-token.ts';
import { accessTokenLife, grantEnd, refreshTokenLife } from '../../lambdas/google/token-lifetime.ts';
import { createTransport, retryOnce, type TransportOptions } from '../../lambdas/google/transport.ts';
import type { AccessToken } from '../../lambdas/grants/grant.ts';
import { isPolicyRefusalOfToken } from '../../lambdas/policy-refusals.ts';
import { parseScopes } from '../../lambdas/scopes.ts';

/** Google's answers about a valid refresh token. */
export interface HeldToken {
  readonly accountId: string;
  /** Empty if the token's scopes exclude it. */
  readonly email: string;
  readonly emailVerified: boolean;
  readonly scopes: readonly string[];
  readonly accessToken: AccessToken;
  /** Epoch milliseconds, if the token expires. */
  readonly grantExpiresAt?: number;
}

/** Asks Google about a refresh token, which stays valid. */
export interface TokenCheck {
  clientId(): Promise<string>;
  /**
   * @returns Google's answer, or why the token cannot be used.
   * @throws Problem if Google is unreachable, answers nonsense or refuses this site's client.
   */
  check(refreshToken: string): Promise<HeldToken | { refused: string }>;
}

const tokens = v.object({
  access_token: v.pipe(v.string(), v.nonEmpty()),
  expires_in: accessTokenLife,
  refresh_token_expires_in: refreshTokenLife,
  scope: v.optional(v.string(), ''),
});

const user = v.object({
  sub: v.pipe(v.string(), v.nonEmpty()),
  email: v.optional(v.string(), ''),
  email_verified: v.fallback(v.boolean(), false),
  hd: v.fallback(v.optional(v.string()), undefined),
});

const oauthError = v.object({ error: v.pipe(v.string(), v.regex(/^[a-z_]{1,40}$/)) });

/** Errors of the token endpoint about a token, as import errors. */
const refusals = new Map([
  ['invalid_grant', 'Google does not accept the token: it was revoked, has expired or never was a token'],
  ['unauthorized_client', 'the token belongs to another OAuth client than this installation’s'],
]);

/** Errors of this installation, whatever the token. */
const installationsFaults = ['invalid_client', 'deleted_client', 'disabled_client'];

/** Gets the scopes from the token endpoint, and the account from the userinfo endpoint (OpenID Connect Core, 5.3). */
export function createTokenCheck({
  client,
  tokenEndpoint,
  userinfoEndpoint,
  clock = Date.now,
}: {
  readonly client: ClientCredentialsSource;
  readonly tokenEndpoint: string;
  readonly userinfoEndpoint: string;
  readonly clock?: () => number;
}): TokenCheck {
  const transport = createTransport();

  /** Google's answer below 500; 429 and 5xx, like no answer, say nothing about the token. */
  async function ask(
    options: TransportOptions & { url: string },
  ): Promise<{ status: number; data: unknown }> {
    try {
      const { status, data } = await transport.request<unknown>({
        ...options,
        ...retryOnce,
        responseType: 'json',
      });
      return { status, data };
    } catch (error) {
      const answer = failedResponse(error);
      if (answer === undefined || answer.status === 429 || answer.status >= 500) throw unreachable(error);
      return answer;
    }
  }

  async function refresh(refreshToken: string): Promise<v.InferOutput<typeof tokens> | { refused: string }> {
    const { clientId, clientSecret } = await client.get();
    const data = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: clientId,
      client_secret: clientSecret,
    });
    const answer = await ask({ url: tokenEndpoint, method: 'POST', data });
    if (answer.status < 400) return parseAnswer(tokens, answer.data);
    const { error } = parseAnswer(oauthError, answer.data);
    if (installationsFaults.includes(error)) {
      throw new Problem('misconfigured', {
        remedy: `Google refuses this installation’s own client (${error}): compare its secret with Google’s console`,
      });
    }
    if (isPolicyRefusalOfToken(error)) return { refused: `an administrator’s policy forbids it (${error})` };
    return { refused: refusals.get(error) ?? `Google refuses the token (${error})` };
  }

  return {
    clientId: async () => (await client.get()).clientId,
    check: async (refreshToken) => {
      const refreshed = await refresh(refreshToken);
      if ('refused' in refreshed) return refreshed;
      const { access_token: token, expires_in: seconds, scope } = refreshed;
      const accessToken = { token, expiresAt: clock() + seconds * 1000 };
      const answer = await ask({
        url: userinfoEndpoint,
        method: 'GET',
        headers: { authorization: `Bearer ${token}` },
      });
      if (answer.status >= 400) {
        return { refused: 'the token does not identify its account: it lacks the scope openid' };
      }
      const { sub: accountId, ...shown } = parseAnswer(user, answer.data);
      const { email } = shown;
      const emailVerified = isVerifiedByGoogle(shown);
      const end = grantEnd(refreshed.refresh_token_expires_in, clock());
      return { accountId, email, emailVerified, scopes: parseScopes(scope), accessToken, ...end };
    },
  };
}

function parseAnswer<Schema extends v.GenericSchema>(schema: Schema, data: unknown): v.InferOutput<Schema> {
  const read = v.safeParse(schema, data);
  if (read.success) return read.output;
  throw new Problem('google_error', { cause: new Error('The answer lacks fields or has wrong ones.') });
}
