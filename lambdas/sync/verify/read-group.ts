import type { KnownMessage } from '../../copied-message.ts';
import type { Job } from '../job/job.ts';
import { currentVerify, updateVerify } from './verify-progress.ts';

/**
 * Reads the current group from the copy; if none is chosen, chooses the next messages. The group ends with the last
 * message that fits: messages copied since belong to the following group.
 *
 * @throws BudgetSpent if the job's time is over
 */
export async function readGroup(groupSize: number, job: Job): Promise<Map<string, KnownMessage>> {
  const { after, group } = currentVerify(job);
  const rows = new Map<string, KnownMessage>();
  let upTo = group?.upTo;
  let last: string | undefined;
  for await (const row of rowsAfter(after, job)) {
    if (upTo !== undefined && row.id > upTo) break;
    if (rows.size === groupSize) {
      upTo = last;
      break;
    }
    rows.set(row.id, row);
    last = row.id;
  }
  updateVerify({ group: { upTo } }, job);
  return rows;
}

async function* rowsAfter(after: string | undefined, job: Job): AsyncGenerator<KnownMessage> {
  for await (const page of job.copy.scan(job.state, after)) {
    job.budget.checkTime();
    yield* page;
  }
}
