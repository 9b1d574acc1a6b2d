import { createConnectLinksTable } from './aws/connect-links-table.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { createPendingConsentsTable } from './aws/pending-consents-table.ts';
import { connectTables } from './aws/table.ts';
import { connectKms, createTokenCipher } from './aws/token-key.ts';
import { readConfig } from './config.ts';
import { followConnectLinkRoute } from './consent/follow-connect-link.ts';
import { showConnectLinkRoute } from './consent/show-connect-link.ts';
import { buildAuthorizationUrl } from './google/authorization-url.ts';
import { byRouteKey } from './http/by-route-key.ts';
import { createCookieJar } from './http/cookies.ts';
import { createHandler } from './http/handler.ts';
import { redirectUriOf } from './http/redirect-uri.ts';
import { log } from './log.ts';

const config = readConfig(
  process.env,
  'origin',
  'scopes',
  'loginsTable',
  'loginKey',
  'tokenKey',
  'clientId',
  'authorizationEndpoint',
  'allowedReturnOrigins',
);
const { origin, scopes, authorizationEndpoint, allowedReturnOrigins } = config;
const tables = connectTables();
const kms = connectKms();
const mac = createLoginMac(config.loginKey);
const links = createConnectLinksTable(tables, config.loginsTable, mac);
const cookies = createCookieJar(origin);

export const handler = createHandler(
  byRouteKey({
    'GET /connect': showConnectLinkRoute({ links, cookies, scopes, authorizationEndpoint }),
    'POST /connect': followConnectLinkRoute({
      links,
      cookies,
      origin,
      allowedReturnOrigins,
      pendingConsents: createPendingConsentsTable(tables, config.loginsTable, mac),
      cipher: createTokenCipher(config.tokenKey, kms),
      clientId: config.clientId,
      buildAuthorizationUrl: (request) =>
        buildAuthorizationUrl(request, { authorizationEndpoint, redirectUri: redirectUriOf(origin) }),
      scopes,
    }),
  }),
  { origin, log },
);
