import Provider, {
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import type { Account, Accounts } from './accounts.ts';
import { errorPage } from './consent-pages.ts';
import type { Proofs } from './dpop.ts';
import type { GoogleClient, ProviderParts } from './parts.ts';
import { gmailScopes, identityScopes, readScopes, writeScopes } from './scopes.ts';

/** The path of each endpoint, as at Google. */
export const paths = {
  authorization: '/o/oauth2/v2/auth',
  token: '/token',
  revocation: '/revoke',
  userinfo: '/v1/userinfo',
  jwks: '/oauth2/v3/certs',
  discovery: '/.well-known/openid-configuration',
  signIn: '/signin/',
} as const;

const tenYears = 10 * 365 * 24 * 60 * 60;

/** The lifetime of an access token in seconds: Google's hour, less the second that it subtracts. */
const accessTokenLife = 3599;

const { Check, Prompt } = interactionPolicy;

/** Creates the OAuth and OpenID half: `oidc-provider`, configured to respond like Google. */
export function createProvider(parts: ProviderParts) {
  const { issuer, client, accounts, artifacts, consents, proofs, secrets } = parts;
  const configuration: Configuration = {
    adapter: artifacts.adapter,
    jwks: { keys: [{ ...secrets.signingKey, kty: 'RSA' }] },
    cookies: { keys: [secrets.cookieKey] },
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [...client.redirectUris],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    clientAuthMethods: ['client_secret_post', 'client_secret_basic'],
    responseTypes: ['code'],
    scopes: [...identityScopes, ...gmailScopes.keys(), 'offline_access'],
    claims: {
      openid: ['sub', 'azp', 'hd'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name'],
    },
    // Google puts the address directly into the ID token.
    conformIdTokenClaims: false,
    findAccount: async (_context, sub) => {
      const account = accounts.bySub(sub);
      return account && { accountId: sub, claims: async () => claimsOf(account, client) };
    },
    routes: {
      authorization: paths.authorization,
      token: paths.token,
      userinfo: paths.userinfo,
      jwks: paths.jwks,
    },
    // Revocation has its own route, because Google's needs no client authentication. DPoP has its own implementation,
    // because Google binds refresh tokens of confidential clients, but no access tokens.
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      revocation: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
    },
    pkce: { required: () => false },
    extraParams: {
      access_type: (context) => {
        checkScopes(context);
        if (context.oidc.prompts.has('none')) signInSilently(context, accounts);
      },
      include_granted_scopes: null,
    },
    interactions: {
      policy: [
        new Prompt(
          { name: 'select_account', requestable: true },
          new Check('no_account', 'no account was chosen', 'login_required', (context) =>
            context.oidc.session?.accountId === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
          ),
        ),
        new Prompt(
          { name: 'consent', requestable: true },
          new Check('no_consent', 'the scopes were not granted', 'consent_required', (context) =>
            lacksScopes(context) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
          ),
        ),
      ],
      url: (_context, interaction) => `${paths.signIn}${interaction.uid}`,
    },
    loadExistingGrant: async (context) => {
      const grantId = context.oidc.result?.consent?.grantId;
      if (grantId !== undefined) return context.oidc.provider.Grant.find(grantId);
      return await consents.silently(context);
    },
    renderError: (context, out) => {
      if (context.status < 500) context.status = 400;
      context.type = 'html';
      context.body = errorPage(out);
    },
    clientBasedCORS: () => false,
    rotateRefreshToken: false,
    expiresWithSession: () => false,
    ttl: {
      AccessToken: accessTokenLife,
      AuthorizationCode: 600,
      IdToken: accessTokenLife,
      Interaction: 3600,
      Session: 3600,
      RefreshToken: (_context, token) => accounts.bySub(token.accountId)?.consentSeconds ?? tenYears,
      Grant: tenYears,
    },
  };
  const provider = new Provider(issuer, configuration);
  lookLikeGoogle(provider);
  const mismatches = new WeakSet<object>();
  provider.on('grant.error', ({ req }, { error_detail: detail }) => {
    if (detail === 'authorization code redirect_uri mismatch') mismatches.add(req);
  });
  provider.use<object, Pick<KoaContextWithOIDC, 'oidc'>>(async (context, next) => {
    await next();
    if (mismatches.has(context.req)) context.body = redirectUriMismatch;
    else answerLikeGoogle(context);
    await bindToProof(context, proofs);
  });
  return provider;
}

/** Google's response to a code with another redirect URI than in its request. */
const redirectUriMismatch = { error: 'redirect_uri_mismatch', error_description: 'Bad Request' };

/** An account's claims in an ID token. */
export function claimsOf(account: Account, client: Pick<GoogleClient, 'clientId'>) {
  return {
    sub: account.sub,
    azp: client.clientId,
    email: account.email,
    email_verified: account.emailVerified,
    name: account.name,
    given_name: account.name.split(' ')[0],
    ...(account.hd === undefined ? {} : { hd: account.hd }),
  };
}

/** Google refuses unknown scopes on a page of its own, never by a redirect. */
function checkScopes(context: KoaContextWithOIDC): void {
  // As sent: oidc-provider drops unknown scopes from its parameters.
  const sent = context.method === 'POST' ? context.oidc.body : context.query;
  const scopes = readScopes(text(sent?.['scope']));
  const unknown = scopes.filter((scope) => !identityScopes.has(scope) && !gmailScopes.has(scope));
  if (scopes.length === 0 || unknown.length > 0) {
    const error = new errors.InvalidScope('Some requested scopes were invalid.', unknown.join(' '));
    error.allow_redirect = false;
    throw error;
  }
  if (context.oidc.params) context.oidc.params['scope'] = scopes.join(' ');
}

/** There is no browser session: under `prompt=none`, only the hint says who is signed in. */
function signInSilently(context: KoaContextWithOIDC, accounts: Accounts): void {
  const account = accounts.byHint(text(context.oidc.params?.['login_hint']));
  if (account) context.oidc.session?.loginAccount({ accountId: account.sub, transient: true });
}

function lacksScopes(context: KoaContextWithOIDC): boolean {
  const granted = new Set(context.oidc.entities.Grant?.getOIDCScope().split(' '));
  return [...context.oidc.requestParamOIDCScopes].some((scope) => !granted.has(scope));
}

/** Codes begin with `4/0`, access tokens with `ya29.`, refresh tokens with `1//`; clients must escape the slashes. */
function lookLikeGoogle(provider: Provider): void {
  const prefixes = [
    [provider.AuthorizationCode.prototype, '4/0'],
    [provider.AccessToken.prototype, 'ya29.'],
    [provider.RefreshToken.prototype, '1//0'],
  ] as const;
  for (const [prototype, prefix] of prefixes) {
    const generate: unknown = Reflect.get(prototype, 'generateTokenId');
    if (typeof generate !== 'function')
      throw new Error('oidc-provider makes its token IDs in another way now');
    Object.defineProperty(prototype, 'generateTokenId', {
      value(this: unknown) {
        return prefix + String(generate.call(this));
      },
    });
  }
}

/** Converts a response of `oidc-provider` to Google's form. */
function answerLikeGoogle(context: KoaContextWithOIDC): void {
  const { oidc } = context;
  if (oidc === undefined) return;
  if (oidc.route === 'token') {
    context.body = tokenAnswer(context);
  } else if (oidc.route === 'discovery') {
    const scopes = [...identityScopes, ...gmailScopes.keys()];
    const revocation = new URL(paths.revocation, context.href).href;
    context.body = {
      ...object(context.body),
      revocation_endpoint: revocation,
      scopes_supported: scopes,
    };
  } else if (oidc.route === 'authorization' || oidc.route === 'resume') {
    const location = URL.parse(context.response.get('location'));
    if (!location?.searchParams.has('code')) return;
    const code = oidc.entities.AuthorizationCode;
    if (code) location.searchParams.set('scope', writeScopes(code.scopes));
    context.set('location', location.href);
  }
}

/** The DPoP proof of a code exchange, already verified, binds the resulting refresh token. */
async function bindToProof(context: KoaContextWithOIDC, proofs: Proofs): Promise<void> {
  const { refresh_token: refreshToken } = object(context.body);
  const proof = context.get('dpop');
  if (context.oidc?.route === 'token' && typeof refreshToken === 'string' && proof !== '') {
    await proofs.bind(refreshToken, proof);
  }
}

function tokenAnswer(context: KoaContextWithOIDC): Record<string, unknown> {
  const body = object(context.body);
  if (body['error'] === 'invalid_grant') {
    const refresh = context.oidc.params?.['grant_type'] === 'refresh_token';
    return {
      ...body,
      error_description: refresh ? 'Token has been expired or revoked.' : 'Malformed auth code.',
    };
  }
  if (body['error'] === 'invalid_client') return { ...body, error_description: 'Unauthorized' };
  if (typeof body['scope'] !== 'string') return body;
  const answer = { ...body, scope: writeScopes(body['scope'].split(' ')), ...limitOf(context) };
  // Google sends a refresh token once; oidc-provider repeats it with each refresh.
  if (context.oidc.params?.['grant_type'] !== 'refresh_token') return answer;
  return Object.fromEntries(Object.entries(answer).filter(([name]) => name !== 'refresh_token'));
}

/** Google names the lifetime of a refresh token only if the consent is limited in time. */
function limitOf({ oidc }: KoaContextWithOIDC): { readonly refresh_token_expires_in?: number } {
  const { RefreshToken: token } = oidc.entities;
  if (token === undefined) return {};
  // A new token does not have its expiry yet.
  const life = token.exp === undefined ? token.remainingTTL : token.exp - token.iat;
  return life >= tenYears ? {} : { refresh_token_expires_in: token.remainingTTL };
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
