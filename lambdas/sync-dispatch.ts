import { createMailboxesTable } from './aws/mailboxes-table.ts';
import { createSyncQueue } from './aws/sync-queue.ts';
import { connectTables } from './aws/table.ts';
import { createUsageTable } from './aws/usage-table.ts';
import { readConfig } from './config.ts';
import { quotaProfiles } from './google/quota-prices.ts';
import { log } from './log.ts';
import { countsOf, createMetrics } from './metrics.ts';
import { dispatch } from './sync/dispatch/dispatch.ts';
import { isTimely, readTick } from './sync/dispatch/tick.ts';
import { paceOf } from './sync/mailbox/pace.ts';

const config = readConfig(
  process.env,
  'mailboxesTable',
  'usageTable',
  'syncQueue',
  'quotaProfile',
  'dailyUnits',
  'pollSeconds',
  'quietPollSeconds',
  'minuteSeconds',
  'copy',
  'stage',
);
const tables = connectTables();
const metrics = createMetrics(config.stage);
const dependencies = {
  mailboxes: createMailboxesTable(tables, config.mailboxesTable),
  usage: createUsageTable(tables, config.usageTable),
  queue: createSyncQueue(config.syncQueue),
  quota: quotaProfiles[config.quotaProfile],
  pace: paceOf(config),
  dailyUnits: config.dailyUnits,
  log,
};

/** One tick of the scheduler. */
export async function handler(event: unknown): Promise<void> {
  if (config.copy === 'off') return;
  const scheduledAt = readTick(event);
  if (!isTimely(scheduledAt)) {
    log.warn({ event: 'tick out of its time' });
    return;
  }
  const report = await dispatch(scheduledAt, dependencies);
  const { admitted, postponed, unitsGranted, dayUnits, lag, queueBehind } = report;
  metrics({
    Lag: { value: lag / 1000, unit: 'Seconds' },
    ...countsOf({
      DayUnits: dayUnits,
      MinuteUnits: unitsGranted,
      Postponed: postponed,
      QueueBehind: queueBehind,
    }),
  });
  if (admitted + postponed > 0) log.info({ event: 'dispatched', admitted, postponed, units: unitsGranted });
}
