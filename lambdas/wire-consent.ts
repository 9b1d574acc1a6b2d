import { createConnectLinksTable } from './aws/connect-links-table.ts';
import { createGrantAddresses } from './aws/grant-addresses.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { createPendingConsentsTable } from './aws/pending-consents-table.ts';
import { connectSecrets } from './aws/secret.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { createSyncQueue } from './aws/sync-queue.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import type { ConsentCompletion } from './consent/complete-consent.ts';
import { countStored } from './consent/count-consents.ts';
import type { Person } from './consent/sign-up.ts';
import { createGmailCheck } from './google/gmail-check.ts';
import { quotaProfiles } from './google/quota-prices.ts';
import { createTransport } from './google/transport.ts';
import type { Grant } from './grants/grant.ts';
import { redirectUriOf } from './http/redirect-uri.ts';
import { log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { logSessions } from './sessions/log-sessions.ts';
import { enqueueConnected } from './sync/mailbox/announce.ts';
import { connectMailbox } from './sync/mailbox/connect.ts';
import { enqueueErasure } from './sync/mailbox/erase.ts';
import { renewAddress } from './sync/mailbox/renew-address.ts';
import type { OwnedMailbox } from './sync/mailbox/sync-queue.ts';
import { grantSettings, wireGrants } from './wire-grants.ts';
import { sessionSettings } from './wire-sessions.ts';

/** Wires the completion of a consent, for the functions that receive an authorization code. */
export function wireConsent() {
  const config = readConfig(
    process.env,
    ...grantSettings,
    ...sessionSettings,
    ...(['signUp', 'signUpDomains', 'clientId', 'gmailRootUrl'] as const),
    ...(['mailboxesTable', 'quotaProfile', 'copy', 'syncQueue'] as const),
  );
  const { origin, loginsTable, signUp, signUpDomains, clientId } = config;
  const tables = connectTables();
  const secrets = connectSecrets();
  const mac = createLoginMac(config.loginKey, secrets);
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
  const redirectUri = redirectUriOf(origin);
  const completion = {
    ...wireGrants(config, tables, 'complete a consent', { secrets, transport, redirectUri }),
    ...{ clientId, signUp, signUpDomains },
    pendingConsents: createPendingConsentsTable(tables, loginsTable, mac),
    sessions: logSessions(createSessionsTable(tables, loginsTable, mac), log),
    links: createConnectLinksTable(tables, loginsTable, mac),
    hasGmail: createGmailCheck({ rootUrl: config.gmailRootUrl, log, transport }),
    connected: countStored(async (grant: Grant, person: Person) => {
      await (config.copy === 'off' ? sync.enqueueConnected(grant) : connectMailbox(grant, sync));
      await renewAddress(grant, person, { addresses, queue });
    }, metrics),
  } satisfies ConsentCompletion & Record<string, unknown>;
  return { config, tables, mac, completion, metrics };
}
