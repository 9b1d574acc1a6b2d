import { createSecretReader } from './aws/client-secret.ts';
import { createGrantsTable } from './aws/grants-table.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { createPendingConsentsTable } from './aws/pending-consents-table.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { createSyncQueue } from './aws/sync-queue.ts';
import { connectTables } from './aws/table.ts';
import { createTokenCipher } from './aws/token-key.ts';
import { readConfig } from './config.ts';
import { completeConsentRoute, problemAddress } from './consent/complete-consent.ts';
import { createClientCredentials } from './google/client-credentials.ts';
import { createGoogleOAuth } from './google/oauth.ts';
import { quotaProfiles } from './google/quota-prices.ts';
import { createCookieJar } from './http/cookies.ts';
import { createHandler } from './http/handler.ts';
import { redirectUriOf } from './http/redirect-uri.ts';
import { log } from './log.ts';
import { connectMailbox } from './sync/connect.ts';
import { requestErasure } from './sync/erase.ts';

const config = readConfig(
  process.env,
  'origin',
  'scopes',
  'loginsTable',
  'grantsTable',
  'tokenKey',
  'clientSecretId',
  'googleIssuer',
  'tokenEndpoint',
  'mailboxesTable',
  'quotaProfile',
  'copy',
  'syncQueue',
);
const { origin, scopes, tokenEndpoint, googleIssuer: issuer } = config;
const tables = connectTables();
const client = createClientCredentials(createSecretReader(config.clientSecretId));
const queue = createSyncQueue(config.syncQueue);
const sync = {
  mailboxes: createMailboxesTable(tables, config.mailboxesTable),
  quota: quotaProfiles[config.quotaProfile],
  eraseCopy: (ended: { accountId: string; generation: string }) => requestErasure(ended, queue),
};

export const handler = createHandler(
  completeConsentRoute({
    pendingConsents: createPendingConsentsTable(tables, config.loginsTable),
    sessions: createSessionsTable(tables, config.loginsTable),
    grants: createGrantsTable(tables, config.grantsTable),
    cipher: createTokenCipher(config.tokenKey),
    google: createGoogleOAuth({ client, issuer, tokenEndpoint, redirectUri: redirectUriOf(origin), log }),
    cookies: createCookieJar(origin),
    issuer,
    origin,
    scopes,
    ...(config.copy !== 'off' && { connected: (grant) => connectMailbox(grant, sync) }),
  }),
  { origin, log, redirectBrowser: problemAddress },
);
