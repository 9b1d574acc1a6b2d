import { createGrantLister } from './aws/grant-list.ts';
import { createEndingGrantReader, createGrantsTable } from './aws/grants-table.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { createSyncQueue } from './aws/sync-queue.ts';
import { connectTables } from './aws/table.ts';
import { createTokenCipher } from './aws/token-key.ts';
import { readConfig } from './config.ts';
import { finishDisconnect } from './disconnect/finish-disconnect.ts';
import { createTokenRevoker } from './google/oauth.ts';
import { quotaProfiles } from './google/quota-prices.ts';
import { tellDecryptions } from './grants/tell-decryptions.ts';
import { log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { requestErasure } from './sync/erase.ts';
import { sweep } from './sync/sweep.ts';
import type { OwnedMailbox } from './sync/sync-queue.ts';

const config = readConfig(
  process.env,
  'loginsTable',
  'grantsTable',
  'mailboxesTable',
  'tokenKey',
  'revocationEndpoint',
  'syncQueue',
  'quotaProfile',
  'copy',
  'stage',
);
const { revocationEndpoint } = config;
const tables = connectTables();
const queue = createSyncQueue(config.syncQueue);
const findGrant = createEndingGrantReader(tables, config.grantsTable);
const ending = {
  findGrant,
  grants: createGrantsTable(tables, config.grantsTable),
  sessions: createSessionsTable(tables, config.loginsTable),
  cipher: tellDecryptions(createTokenCipher(config.tokenKey), 'revoke a grant', log),
  google: createTokenRevoker({ revocationEndpoint }),
  eraseCopy: (grant: OwnedMailbox) => requestErasure(grant, queue),
  log,
};

/** Once a day. */
export async function handler(): Promise<void> {
  await sweep({
    mailboxes: createMailboxesTable(tables, config.mailboxesTable),
    listGrants: createGrantLister(tables, config.grantsTable),
    findGrant,
    finishDisconnect: (accountId) => finishDisconnect(accountId, ending),
    queue,
    quota: quotaProfiles[config.quotaProfile],
    copying: config.copy !== 'off',
    metrics: createMetrics(config.stage),
    log,
  });
}
