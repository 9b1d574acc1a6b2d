import type { KnownMessage } from '../../copied-message.ts';
import type { Job } from '../job/job.ts';
import { listGroup, listingOf } from './list-group.ts';
import { repairDifferences } from './repair-differences.ts';
import { currentVerify, isInGroup, updateVerify } from './verify-progress.ts';

/**
 * Compares who has a label at Gmail and who in the copy, and mends the copy where they differ. When it returns
 * `compared`, the rows stand as the copy has them.
 *
 * @param labelId undefined: the set of all messages
 * @param rows the group as it was read from the copy; those that the group loses are dropped
 * @returns `restarted` when the history had expired: then another comparison has begun
 */
export async function compareLabel(
  labelId: string | undefined,
  rows: Map<string, KnownMessage>,
  groupSize: number,
  job: Job,
): Promise<'compared' | 'restarted'> {
  const listed = await listGroup(labelId, groupSize, job);
  // What is written down while it mends need not carry the list.
  updateVerify({ listing: undefined }, job);
  for (const id of rows.keys()) if (!isInGroup(id, currentVerify(job))) rows.delete(id);
  try {
    return await repairDifferences({ labelId, listed, rows }, job);
  } catch (error) {
    // What was looked at is as listed by now: the next job goes on with what was not.
    updateVerify({ listing: listingOf(listed) }, job);
    throw error;
  }
}
