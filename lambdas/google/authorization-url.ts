import type { AuthorizationRequest } from '../consent/start-consent.ts';

/**
 * Google's authorization URL for offline access (Google, “Using OAuth 2.0 for Web Server Applications”).
 * `include_granted_scopes` is omitted: a stored token must not carry more scopes than were requested.
 */
export function buildAuthorizationUrl(
  request: AuthorizationRequest,
  { authorizationEndpoint, redirectUri }: { authorizationEndpoint: string; redirectUri: string },
): string {
  const url = new URL(authorizationEndpoint);
  const parameters = {
    client_id: request.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: request.scopes.join(' '),
    access_type: 'offline',
    state: request.state,
    nonce: request.nonce,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
    ...(request.promptConsent && { prompt: request.selectAccount ? 'select_account consent' : 'consent' }),
    ...(request.loginHint && { login_hint: request.loginHint }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
