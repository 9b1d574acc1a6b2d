/**
 * A worker at any depth of a mailbox: jobs and tables are the deployed ones, and Gmail is a mailbox of which nobody
 * holds a message before it is asked for, since the local Google would need far longer to make so many.
 */
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { createChangesTable } from '../../lambdas/aws/changes-table.ts';
import { createMailboxesTable } from '../../lambdas/aws/mailboxes-table.ts';
import { createMessagesTable } from '../../lambdas/aws/messages-table.ts';
import { connectTables } from '../../lambdas/aws/table.ts';
import { feedTimesOf } from '../../lambdas/changes/feed-times.ts';
import { readConfig } from '../../lambdas/config.ts';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import type { Logger } from '../../lambdas/log.ts';
import { paceOf } from '../../lambdas/sync/mailbox/pace.ts';
import { runJob } from '../../lambdas/sync/run-job.ts';
import { endlessGmail } from '../sync-model/endless-mailbox.ts';

const event = v.object({
  accountId: v.string(),
  generation: v.string(),
  jobId: v.string(),
  /** Messages of the mailbox at Gmail. */
  size: v.number(),
});

const config = readConfig(
  process.env,
  'mailboxesTable',
  'messagesTable',
  'changesTable',
  'quotaProfile',
  'pollSeconds',
  'quietPollSeconds',
  'minuteSeconds',
);
const tables = connectTables();
const silence: Logger = { info: () => {}, warn: () => {}, error: () => {} };

/** Runs the job that has the mailbox's claim. */
export async function handler(given: unknown, context: Context): Promise<void> {
  const { size, ...job } = v.parse(event, given);
  await runJob(
    { kind: 'sync', ...job },
    { endsAt: Date.now() + context.getRemainingTimeInMillis() },
    {
      mailboxes: createMailboxesTable(tables, config.mailboxesTable),
      copy: createMessagesTable(tables, config.messagesTable),
      changes: { feed: createChangesTable(tables, config.changesTable), times: feedTimesOf(config) },
      findGrant: async () => ({}),
      usage: { slowDown: async () => {} },
      openGmail: async () => endlessGmail(size, () => {}),
      quota: quotaProfiles[config.quotaProfile],
      pace: paceOf(config),
      log: silence,
    },
  );
}
