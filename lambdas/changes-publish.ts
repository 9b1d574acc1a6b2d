import type { Context } from 'aws-lambda';
import { createChangesTable } from './aws/changes-table.ts';
import { createEventBus } from './aws/event-bus.ts';
import { connectTables } from './aws/table.ts';
import { feedTimesOf } from './changes/feed-times.ts';
import { publishChanges } from './changes/publish-changes.ts';
import { readConfig } from './config.ts';
import { log } from './log.ts';
import { countsOf, createMetrics } from './metrics.ts';

const config = readConfig(process.env, 'changesTable', 'eventBus', 'minuteSeconds', 'stage');
const metrics = createMetrics(config.stage);
const feed = createChangesTable(connectTables(), config.changesTable);
const dependencies = {
  feed,
  published: feed.published,
  bus: createEventBus(config.eventBus),
  times: feedTimesOf(config),
  log,
};

/** Time reserved at the end of a run (milliseconds): for a call under way and for the writes after it. */
const reserve = 10_000;

/** Once a minute. */
export async function handler(_event: unknown, context: Context): Promise<void> {
  const endsAt = Date.now() + context.getRemainingTimeInMillis() - reserve;
  const { published, lag, failures } = await publishChanges({ endsAt }, dependencies);
  metrics({
    ChangesLag: { value: lag / 1_000, unit: 'Seconds' },
    ...countsOf({ ChangesPublished: published }),
  });
  if (published > 0) log.info({ event: 'published', published });
  // The function fails, which its alarm reports; unpublished changes wait for the next run.
  const [failure] = failures;
  if (failure !== undefined) throw failure;
}
