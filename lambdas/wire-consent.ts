import { createClientSecretReader } from './aws/client-secret.ts';
import { createConnectLinksTable } from './aws/connect-links-table.ts';
import { createDpopKey } from './aws/dpop-key.ts';
import { createGrantAddresses } from './aws/grant-addresses.ts';
import { createGrantsTable } from './aws/grants-table.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { createPendingConsentsTable } from './aws/pending-consents-table.ts';
import { connectSecrets } from './aws/secret.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { createSyncQueue } from './aws/sync-queue.ts';
import { connectTables } from './aws/table.ts';
import { connectKms, createTokenCipher } from './aws/token-key.ts';
import { readConfig } from './config.ts';
import type { ConsentCompletion } from './consent/complete-consent.ts';
import { countStored } from './consent/count-consents.ts';
import type { Person } from './consent/sign-up.ts';
import { createClientCredentials } from './google/client-credentials.ts';
import { createGmailCheck } from './google/gmail-check.ts';
import { createGoogleOAuth } from './google/oauth.ts';
import { quotaProfiles } from './google/quota-prices.ts';
import { createTransport } from './google/transport.ts';
import type { Grant } from './grants/grant.ts';
import { logDecryptions } from './grants/log-decryptions.ts';
import { redirectUriOf } from './http/redirect-uri.ts';
import { log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { logSessions } from './sessions/log-sessions.ts';
import { enqueueConnected } from './sync/mailbox/announce.ts';
import { connectMailbox } from './sync/mailbox/connect.ts';
import { enqueueErasure } from './sync/mailbox/erase.ts';
import { renewAddress } from './sync/mailbox/renew-address.ts';
import type { OwnedMailbox } from './sync/mailbox/sync-queue.ts';

/** Wires the completion of a consent, which the functions that receive a code share, to Google and AWS. */
export function wireConsent(environment: Readonly<Record<string, string | undefined>>) {
  const config = readConfig(
    environment,
    'origin',
    'scopes',
    'signUp',
    'signUpDomains',
    'loginsTable',
    'loginKey',
    'grantsTable',
    'tokenKey',
    'dpopKey',
    'clientSecretId',
    'clientId',
    'googleIssuer',
    'tokenEndpoint',
    'gmailRootUrl',
    'mailboxesTable',
    'quotaProfile',
    'copy',
    'syncQueue',
    'stage',
  );
  const { origin, loginsTable, signUp, signUpDomains, tokenEndpoint, googleIssuer: issuer } = config;
  const tables = connectTables();
  const kms = connectKms();
  const secrets = connectSecrets();
  const mac = createLoginMac(config.loginKey, secrets);
  const client = createClientCredentials(createClientSecretReader(config.clientSecretId, secrets));
  const transport = createTransport();
  const queue = createSyncQueue(config.syncQueue);
  const metrics = createMetrics(config.stage);
  const addresses = createGrantAddresses(tables, config.grantsTable);
  const sync = {
    mailboxes: createMailboxesTable(tables, config.mailboxesTable),
    quota: quotaProfiles[config.quotaProfile],
    eraseCopy: (ended: OwnedMailbox) => enqueueErasure(ended, queue),
    enqueueConnected: (mailbox: OwnedMailbox) => enqueueConnected(mailbox, queue),
  };
  const completion = {
    clientId: config.clientId,
    pendingConsents: createPendingConsentsTable(tables, loginsTable, mac),
    sessions: logSessions(createSessionsTable(tables, loginsTable, mac), log),
    links: createConnectLinksTable(tables, loginsTable, mac),
    grants: createGrantsTable(tables, config.grantsTable),
    cipher: logDecryptions(createTokenCipher(config.tokenKey, kms), 'complete a consent', log),
    google: createGoogleOAuth({
      ...{ client, issuer, tokenEndpoint, log, transport },
      redirectUri: redirectUriOf(origin),
      proofKey: createDpopKey(config.dpopKey, kms),
    }),
    hasGmail: createGmailCheck({ rootUrl: config.gmailRootUrl, log, transport }),
    signUp,
    signUpDomains,
    connected: countStored(async (grant: Grant, person: Person) => {
      await (config.copy === 'off' ? sync.enqueueConnected(grant) : connectMailbox(grant, sync));
      await renewAddress(grant, person, { addresses, queue });
    }, metrics),
  } satisfies ConsentCompletion & Record<string, unknown>;
  return { config, tables, mac, completion, metrics };
}
