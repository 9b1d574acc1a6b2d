import { createGrantLister, createGrantReader } from './aws/grant-list.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { createSyncQueue } from './aws/sync-queue.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { quotaProfiles } from './google/quota-prices.ts';
import { log } from './log.ts';
import { createMetrics } from './sync/metrics.ts';
import { sweep } from './sync/sweep.ts';

const config = readConfig(
  process.env,
  'grantsTable',
  'mailboxesTable',
  'syncQueue',
  'quotaProfile',
  'copy',
  'stage',
);
const tables = connectTables();

/** Once a day. */
export async function handler(): Promise<void> {
  if (config.copy === 'off') return;
  await sweep({
    mailboxes: createMailboxesTable(tables, config.mailboxesTable),
    listGrants: createGrantLister(tables, config.grantsTable),
    findGrant: createGrantReader(tables, config.grantsTable),
    queue: createSyncQueue(config.syncQueue),
    quota: quotaProfiles[config.quotaProfile],
    metrics: createMetrics(config.stage),
    log,
  });
}
