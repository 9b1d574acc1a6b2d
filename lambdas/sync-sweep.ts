import type { Context } from 'aws-lambda';
import { createGrantList } from './aws/grant-list.ts';
import { createEndingGrantReader, createGrantsTable } from './aws/grants-table.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { createSessionEnds } from './aws/sessions-table.ts';
import { createSweepProgress } from './aws/sweep-progress.ts';
import { createSyncQueue } from './aws/sync-queue.ts';
import { connectTables } from './aws/table.ts';
import { createTokenCipher } from './aws/token-key.ts';
import { readConfig } from './config.ts';
import { finishDisconnect } from './disconnect/finish-disconnect.ts';
import { createTokenRevoker } from './google/oauth.ts';
import { quotaProfiles } from './google/quota-prices.ts';
import { logDecryptions } from './grants/log-decryptions.ts';
import { log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { enqueueErasure } from './sync/mailbox/erase.ts';
import { sweep } from './sync/mailbox/sweep.ts';
import type { OwnedMailbox } from './sync/mailbox/sync-queue.ts';

const config = readConfig(
  process.env,
  'loginsTable',
  'grantsTable',
  'mailboxesTable',
  'usageTable',
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
  sessions: createSessionEnds(tables, config.loginsTable),
  cipher: logDecryptions(createTokenCipher(config.tokenKey), 'revoke a grant', log),
  google: createTokenRevoker({ revocationEndpoint }),
  eraseCopy: (grant: OwnedMailbox) => enqueueErasure(grant, queue),
  log,
};

const dependencies = {
  mailboxes: createMailboxesTable(tables, config.mailboxesTable),
  grants: createGrantList(tables, config.grantsTable),
  findGrant,
  finishDisconnect: (accountId: string) => finishDisconnect(accountId, ending),
  queue,
  progress: createSweepProgress(tables, config.usageTable),
  quota: quotaProfiles[config.quotaProfile],
  copying: config.copy !== 'off',
  metrics: createMetrics(config.stage),
  log,
};

/**
 * The share of a run after which it starts no further account. The rest is for accounts in progress and for storing the
 * position.
 */
const share = 0.9;

/** Once a day. */
export async function handler(_event: unknown, context: Context): Promise<void> {
  await sweep({ endsAt: Date.now() + share * context.getRemainingTimeInMillis() }, dependencies);
}
