import type { KnownMessage } from '../../copied-message.ts';
import type { Job } from '../job/job.ts';
import { listGroup, listingOf } from './list-group.ts';
import { repairDifferences } from './repair-differences.ts';
import { currentVerify, isInGroup, updateVerify } from './verify-progress.ts';

/**
 * Compares which messages of a group have a label at Gmail and in the copy, and repairs the copy. After `compared` the
 * rows are as the copy has them.
 *
 * @param labelId undefined: all messages
 * @param rows the group as read from the copy; messages that the group loses are removed
 * @returns `restarted` if the history had expired: then another comparison has begun
 */
export async function compareLabel(
  labelId: string | undefined,
  rows: Map<string, KnownMessage>,
  groupSize: number,
  job: Job,
): Promise<'compared' | 'restarted'> {
  const listed = await listGroup(labelId, groupSize, job);
  // Writes during the comparison need not contain the list.
  updateVerify({ listing: undefined }, job);
  for (const id of rows.keys()) if (!isInGroup(id, currentVerify(job))) rows.delete(id);
  try {
    return await repairDifferences({ labelId, listed, rows }, job);
  } catch (error) {
    // Examined messages are as listed by now: the next job continues with the rest.
    updateVerify({ listing: listingOf(listed) }, job);
    throw error;
  }
}
