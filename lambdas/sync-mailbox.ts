import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createChangesTable } from './aws/changes-table.ts';
import { createErasureRecord } from './aws/erasures.ts';
import { createGrantAddresses } from './aws/grant-addresses.ts';
import { createLiveUnitsTable } from './aws/live-units.ts';
import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { createMessagesTable } from './aws/messages-table.ts';
import { createSyncQueue } from './aws/sync-queue.ts';
import { connectTables } from './aws/table.ts';
import { createUsageTable } from './aws/usage-table.ts';
import { feedTimesOf } from './changes/feed-times.ts';
import { readConfig } from './config.ts';
import type { MailboxKey } from './copied-message.ts';
import { quotaProfiles } from './google/quota-prices.ts';
import { createSyncGmailOpener } from './google/sync-gmail.ts';
import { createTransport } from './google/transport.ts';
import type { Grant } from './grants/grant.ts';
import { log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { openGmail } from './sync/job/open-gmail.ts';
import { announceConnected, announceRenamed } from './sync/mailbox/announce.ts';
import { announceExpiry } from './sync/mailbox/announce-expiry.ts';
import { eraseCopy } from './sync/mailbox/erase.ts';
import { paceOf } from './sync/mailbox/pace.ts';
import { renewAddress } from './sync/mailbox/renew-address.ts';
import { tryGrant } from './sync/mailbox/try-grant.ts';
import { processBatch } from './sync/process-batch.ts';
import { runJob } from './sync/run-job.ts';
import { grantSettings, wireAccessTokens } from './wire-grants.ts';

const config = readConfig(
  process.env,
  ...grantSettings,
  ...(['mailboxesTable', 'messagesTable', 'changesTable', 'usageTable', 'syncQueue'] as const),
  ...(['gmailRootUrl', 'quotaProfile', 'pollSeconds', 'quietPollSeconds', 'minuteSeconds'] as const),
);
const tables = connectTables();
const transport = createTransport();
const mailboxes = createMailboxesTable(tables, config.mailboxesTable);
const copy = createMessagesTable(tables, config.messagesTable);
const changes = { feed: createChangesTable(tables, config.changesTable), times: feedTimesOf(config) };
const queue = createSyncQueue(config.syncQueue);
const metrics = createMetrics(config.stage);
const addresses = createGrantAddresses(tables, config.grantsTable);
const wired = wireAccessTokens(config, tables, 'sync a mailbox', { transport });
const { grants } = wired;
const opening = {
  ...wired,
  open: createSyncGmailOpener({ rootUrl: config.gmailRootUrl, transport }),
  renewAddress: (grant: Grant, email: string) =>
    renewAddress(grant, { email, emailVerified: true }, { addresses, queue }),
};
async function findGrant({ accountId, generation }: MailboxKey): Promise<Grant | undefined> {
  const grant = await grants.find(accountId);
  return grant?.generation === generation ? grant : undefined;
}

const job = {
  mailboxes,
  copy,
  changes,
  openGmail: (mailbox: MailboxKey, chargeAgain: () => Promise<void>) =>
    openGmail(mailbox, opening, chargeAgain),
  findGrant,
  usage: createUsageTable(tables, config.usageTable),
  live: createLiveUnitsTable(tables, config.usageTable),
  quota: quotaProfiles[config.quotaProfile],
  pace: paceOf(config),
  log,
};

const trying = { ...opening, mailboxes, changes, log };
const erasures = createErasureRecord(tables, config.changesTable);
const erasing = { copy, mailboxes, changes, erasures, findGrant, queue };

/** Up to ten messages of the sync queue. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const run = { endsAt: Date.now() + context.getRemainingTimeInMillis() };
  return processBatch(event, {
    work: async (message, delivery) => {
      if (message.kind === 'erase') await eraseCopy(message, run, erasing);
      else if (message.kind === 'connected') await announceConnected(message, changes, findGrant);
      else if (message.kind === 'renamed') await announceRenamed(message, changes, findGrant);
      else if (message.kind === 'grant_expiring') await announceExpiry(message, { changes, grants });
      else if (message.kind === 'try_grant') await tryGrant(message, trying);
      else await runJob(message, { ...run, delivery }, job);
    },
    log,
    metrics,
  });
}
