import type { RowMac } from './aws/login-mac.ts';
import { createPendingConsentsTable } from './aws/pending-consents-table.ts';
import { createTokenCipher } from './aws/token-key.ts';
import type { Config } from './config.ts';
import type { AuthorizationRequest } from './consent/start-consent.ts';
import { buildAuthorizationUrl } from './google/authorization-url.ts';
import { createCookieJar } from './http/cookies.ts';
import { redirectUriOf } from './http/redirect-uri.ts';
import type { Tables } from './wire-route.ts';

/** The settings of wireConsentStart. */
export const consentStartSettings = [
  ...(['scopes', 'loginsTable', 'loginKey', 'tokenKey'] as const),
  ...(['clientId', 'authorizationEndpoint', 'allowedReturnOrigins'] as const),
] as const;

/** Wires the start of a consent, in a browser or through a connect link. */
export function wireConsentStart(
  config: Config<'origin' | (typeof consentStartSettings)[number]>,
  tables: Tables,
  mac: RowMac,
) {
  const { origin, scopes, clientId, authorizationEndpoint, allowedReturnOrigins } = config;
  return {
    pendingConsents: createPendingConsentsTable(tables, config.loginsTable, mac),
    cipher: createTokenCipher(config.tokenKey),
    buildAuthorizationUrl: (request: AuthorizationRequest) =>
      buildAuthorizationUrl(request, { authorizationEndpoint, redirectUri: redirectUriOf(origin) }),
    cookies: createCookieJar(origin),
    ...{ origin, scopes, clientId, authorizationEndpoint, allowedReturnOrigins },
  };
}
