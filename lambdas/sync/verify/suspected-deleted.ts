import { affordableMessages, catchUp } from '../job/catch-up.ts';
import { fetchMessages } from '../job/fetch-messages.ts';
import type { Job } from '../job/job.ts';
import { deleteMessages } from '../job/write-copy.ts';
import { addFindings, currentVerify, saveVerify, updateVerify } from './verify-progress.ts';

/** The most suspected deletions at a time: the mailbox's row contains their IDs. */
export const maxSuspected = 1_000;

/** Copied messages that Gmail did not find. */
export function suspectedDeleted(job: Job): ReadonlySet<string> {
  const ids = currentVerify(job).doubted?.ids ?? '';
  return new Set(ids === '' ? [] : ids.split(' '));
}

/**
 * Records messages that Gmail did not find. One 404 may be early or late, since Google's servers learn of a message at
 * different times: the copy loses a message only after a second one, in a later job.
 */
export function suspectDeleted(ids: readonly string[], job: Job): void {
  if (ids.length > 0) writeSuspected(suspectedDeleted(job).union(new Set(ids)), job.clock(), job);
}

/**
 * Fetches suspected deletions again, and deletes those that Gmail still does not find.
 *
 * @returns `early` if too little time has passed; `restarted` if the history had expired: then another comparison has
 * begun
 */
export async function confirmDeleted(job: Job): Promise<'confirmed' | 'early' | 'restarted'> {
  for (let { doubted } = currentVerify(job); doubted !== undefined; { doubted } = currentVerify(job)) {
    if (job.clock() < doubted.since + job.minute / 2) return 'early';
    const ids = [...suspectedDeleted(job)];
    const part = ids.slice(0, await affordableMessages(job, ids.length));
    const known = await job.copy.findKnown(job.state, part);
    const wanted = [...known.keys()].map((id) => ({ id, threadId: id }));
    const gone = await fetchMessages(wanted, job, 'replace');
    if (gone.size > 0) {
      // Messages that the copy does not contain after catching up were deleted meanwhile: they are no findings.
      if ((await catchUp(job)) === 'restarted') return 'restarted';
      const extra = [...(await job.copy.findKnown(job.state, [...gone])).keys()];
      await deleteMessages(extra, job);
      job.state = { ...job.state, copied: job.state.copied - extra.length };
      addFindings('extra', extra, job);
    }
    writeSuspected(new Set(ids.slice(part.length)), doubted.since, job);
    await saveVerify({}, job);
  }
  return 'confirmed';
}

function writeSuspected(ids: ReadonlySet<string>, since: number, job: Job): void {
  updateVerify({ doubted: ids.size === 0 ? undefined : { since, ids: [...ids].join(' ') } }, job);
}
