import { importJWK, SignJWT } from 'jose';
import type Provider from 'oidc-provider';
import type { Account } from './accounts.ts';
import type { GoogleParts } from './parts.ts';
import { claimsOf } from './provider.ts';
import { readScopes } from './scopes.ts';

/** The placeholder redirect URI of a phone's code, because `oidc-provider` binds each code to one. */
const noRedirect = 'urn:local-google:no-redirect';

/** The request of an app on a phone to Google's library, with the library's names. */
interface OfflineAccessRequest {
  /** Of the client of type web application, whose server will exchange the code. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Without it, only the account's first consent yields a refresh token. */
  readonly forceCodeForRefreshToken: boolean;
  /** The nonce that the ID token repeats. */
  readonly nonce?: string;
}

/**
 * Simulates a phone on which an account is signed in and its user consents, without pages or redirects.
 *
 * @returns the `serverAuthCode` and the ID token of the same sign-in; undefined if there is no such client
 */
export async function serverAuthCode(
  { provider, consents, secrets }: GoogleParts,
  account: Account,
  { clientId, scopes: wanted, forceCodeForRefreshToken, nonce }: OfflineAccessRequest,
): Promise<{ readonly code: string; readonly idToken: string } | undefined> {
  const client = await provider.Client.find(clientId);
  if (client === undefined) return undefined;
  const request = { access_type: 'offline', ...(forceCodeForRefreshToken && { prompt: 'consent' }) };
  const scopes = consents.scopesFor(account.sub, request, readScopes(wanted.join(' ')));
  const { jti: grantId } = await consents.grant(provider, account.sub, clientId, scopes);
  const code = new provider.AuthorizationCode({
    accountId: account.sub,
    client,
    grantId,
    gty: 'authorization_code',
    redirectUri: noRedirect,
    scope: scopes.join(' '),
  });
  const { signingKey } = secrets;
  const idToken = await new SignJWT({ ...claimsOf(account, { clientId }), ...(nonce && { nonce }) })
    .setProtectedHeader({ alg: 'RS256', kid: String(signingKey['kid']) })
    .setIssuer(provider.issuer)
    .setAudience(clientId)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(await importJWK(signingKey, 'RS256'));
  return { code: await code.save(), idToken };
}

/** A code exchange in the provider's form: an empty or missing redirect URI is a phone's. */
export async function readExchange(form: URLSearchParams, provider: Provider): Promise<URLSearchParams> {
  if (form.get('grant_type') !== 'authorization_code') return form;
  if (!form.get('redirect_uri')) form.set('redirect_uri', noRedirect);
  // Google does not document whether it refuses a verifier for a code without a challenge; here it does not.
  const code = await provider.AuthorizationCode.find(form.get('code') ?? '');
  if (code?.codeChallenge === undefined) form.delete('code_verifier');
  return form;
}
