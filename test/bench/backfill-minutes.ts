import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalGoogle } from '../../infra/local/google/google.ts';
import { quotaOf } from '../../infra/local/google/quota.ts';
import { unitsForJobs } from '../../lambdas/sync/mailbox/quota-profile.ts';
import { client } from '../infra/local/google/support.ts';
import {
  cheapestUnits,
  connectMailbox,
  minutesOfBackfill,
  newTime,
  profile,
  startListing,
  startSync,
  truthOf,
} from '../sync-model/local-backfill.ts';
import type { Findings } from './part.ts';

/** Messages: enough that a minute more or less, which cannot be told apart from chance, is little. */
const size = 20_000;

/** Where minutes slide, no change of minute makes room at once: the hardest to live with. */
const window = 'sliding';

/**
 * How many minutes a backfill takes, on a simulated clock, while the local Google enforces its quotas and somebody
 * lists the mailbox; and how many it must take, since Google gives no more units and jobs leave 5 % of them to
 * listings.
 */
export async function backfillMinutes(): Promise<Findings> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'backfill-'));
  const time = newTime();
  const google = await startLocalGoogle({
    port: 0,
    client,
    dataFolder,
    demoMessages: size,
    clock: () => time.now,
    quota: { profile, latencyMs: 0, window },
  });
  try {
    const mailbox = await connectMailbox(google.origin, time);
    const units = cheapestUnits(await truthOf(mailbox));
    startSync(mailbox);
    startListing(mailbox);
    const minutes = await minutesOfBackfill(mailbox);
    if (mailbox.wrong.length > 0) throw new Error('Something went wrong on the way.');
    const quota = quotaOf({ profile });
    const inevitable = Math.ceil(units / unitsForJobs(quota));
    const ofGoogle = Math.ceil(units / quota.unitsPerUserMinute);
    return {
      tables: {
        [`A backfill of ${size} messages under the quotas of ${profile}, in simulated time`]: [
          {
            'units at the least': units,
            minutes,
            'inevitable, with 5 % left to listings': inevitable,
            without: ofGoogle,
          },
        ],
      },
      figures: { backfillMinutes: minutes / inevitable },
      data: { size, units, minutes, inevitable, ofGoogle },
    };
  } finally {
    await google.close();
    await rm(dataFolder, { recursive: true, force: true });
  }
}
