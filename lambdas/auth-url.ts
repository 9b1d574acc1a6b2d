import { createGrantStatusReader } from './aws/grants-table.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { createPendingConsentsTable } from './aws/pending-consents-table.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { connectTables } from './aws/table.ts';
import { connectKms, createTokenCipher } from './aws/token-key.ts';
import { readConfig } from './config.ts';
import { startConsentRoute } from './consent/start-consent-route.ts';
import { buildAuthorizationUrl } from './google/authorization-url.ts';
import { createCookieJar } from './http/cookies.ts';
import { createHandler } from './http/handler.ts';
import { redirectUriOf } from './http/redirect-uri.ts';
import { log } from './log.ts';

const config = readConfig(
  process.env,
  'origin',
  'allowedReturnOrigins',
  'scopes',
  'loginsTable',
  'loginKey',
  'grantsTable',
  'tokenKey',
  'clientId',
  'authorizationEndpoint',
);
const { origin, scopes, authorizationEndpoint } = config;
const tables = connectTables();
const kms = connectKms();
const mac = createLoginMac(config.loginKey);

export const handler = createHandler(
  startConsentRoute({
    pendingConsents: createPendingConsentsTable(tables, config.loginsTable, mac),
    sessions: createSessionsTable(tables, config.loginsTable, mac),
    grantStatus: createGrantStatusReader(tables, config.grantsTable),
    cipher: createTokenCipher(config.tokenKey, kms),
    clientId: config.clientId,
    buildAuthorizationUrl: (request) =>
      buildAuthorizationUrl(request, { authorizationEndpoint, redirectUri: redirectUriOf(origin) }),
    scopes,
    cookies: createCookieJar(origin),
    authorizationEndpoint,
    origin,
    allowedReturnOrigins: config.allowedReturnOrigins,
  }),
  { origin, log },
);
