import { createClientSecretReader } from './aws/client-secret.ts';
import { createDpopKey } from './aws/dpop-key.ts';
import { createGrantsTable } from './aws/grants-table.ts';
import { createLiveUnitsTable, createSyncUnitsReader } from './aws/live-units.ts';
import { connectSecrets } from './aws/secret.ts';
import { connectTables } from './aws/table.ts';
import { connectKms, createTokenCipher } from './aws/token-key.ts';
import { readConfig } from './config.ts';
import { createClientCredentials } from './google/client-credentials.ts';
import { createMailboxOpener } from './google/gmail.ts';
import { createGoogleOAuth } from './google/oauth.ts';
import { quotaProfiles } from './google/quota-prices.ts';
import { createTransport } from './google/transport.ts';
import { createAccessTokens } from './grants/access-tokens.ts';
import { logDecryptions } from './grants/log-decryptions.ts';
import { createHandler, type HttpHandler, type Route } from './http/handler.ts';
import { offerLogin } from './http/problem-response.ts';
import { redirectUriOf } from './http/redirect-uri.ts';
import type { CallerMailboxDependencies } from './live/caller-mailbox.ts';
import { createLiveUnits } from './live/live-units.ts';
import { log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { wireSessions } from './wire-sessions.ts';

/** The dependencies of a live route, and the tables for further ones. */
type LiveWiring = CallerMailboxDependencies & { readonly tables: ReturnType<typeof connectTables> };

/** Wires a live route, which the functions that read Gmail share, to Google and AWS. */
export function wireLive(
  environment: Readonly<Record<string, string | undefined>>,
  route: (dependencies: LiveWiring) => Route,
): HttpHandler {
  const config = readConfig(
    environment,
    'origin',
    'scopes',
    'loginsTable',
    'loginKey',
    'grantsTable',
    'tokenKey',
    'dpopKey',
    'clientSecretId',
    'googleIssuer',
    'tokenEndpoint',
    'gmailRootUrl',
    'usageTable',
    'mailboxesTable',
    'copy',
    'quotaProfile',
    'minuteSeconds',
    'stage',
  );
  const { origin, scopes, tokenEndpoint, googleIssuer: issuer, gmailRootUrl: rootUrl } = config;
  const tables = connectTables();
  const secrets = connectSecrets();
  const kms = connectKms();
  const grants = createGrantsTable(tables, config.grantsTable);
  const cipher = logDecryptions(createTokenCipher(config.tokenKey, kms), 'read mail', log);
  const client = createClientCredentials(createClientSecretReader(config.clientSecretId, secrets));
  const transport = createTransport();
  const redirectUri = redirectUriOf(origin);
  const proofKey = createDpopKey(config.dpopKey, kms);
  const google = createGoogleOAuth({ client, issuer, tokenEndpoint, redirectUri, proofKey, log, transport });
  return createHandler(
    route({
      tables,
      ...wireSessions(config, tables, secrets),
      grants,
      accessTokens: createAccessTokens({ grants, cipher, google, log, metrics: createMetrics(config.stage) }),
      openMailbox: createMailboxOpener({ rootUrl, transport }),
      clientId: google.clientId,
      openUnits: createLiveUnits({
        quota: quotaProfiles[config.quotaProfile],
        minute: config.minuteSeconds * 1_000,
        store: createLiveUnitsTable(tables, config.usageTable),
        unitsOfSync: config.copy === 'off' ? undefined : createSyncUnitsReader(tables, config.mailboxesTable),
        log,
      }),
      scopes,
    }),
    { origin, log, redirectBrowser: offerLogin(origin) },
  );
}
