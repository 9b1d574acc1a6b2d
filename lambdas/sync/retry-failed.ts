import { failedMessages, forgetFailed } from './failed-messages.ts';
import { fetchMessages } from './fetch-messages.ts';
import type { Job } from './job.ts';

/** Failed messages that one job tries again. */
const mostRetried = 25;

/** Tries the failed messages whose time has come; those that succeed or are gone are failed no more. */
export async function retryFailed(job: Job): Promise<void> {
  const now = job.clock();
  const failed = await failedMessages(job);
  const due = failed
    .values()
    .filter(({ nextAttemptAt }) => nextAttemptAt <= now)
    .toArray()
    // Whoever waits longest comes first: with more of them than jobs can try, the others would never have their turn.
    .sort((one, other) => one.nextAttemptAt - other.nextAttemptAt)
    .slice(0, mostRetried)
    .map(({ id }) => id);
  // Their threads are not known, and each is fetched alone.
  const gone = await fetchMessages(
    due.map((id) => ({ id, threadId: id })),
    job,
    'replace',
  );
  // The feed may have told of one that a worker then died over; and the copy has those that failed when fetched anew.
  const copied = gone.size === 0 ? 0 : (await job.copy.findKnown(job.state, [...gone])).size;
  await job.copy.delete(job.state, [...gone]);
  job.state = { ...job.state, copied: job.state.copied - copied };
  // A failure that is recorded anew waits for a later time.
  const settled = due.filter((id) => (failed.get(id)?.nextAttemptAt ?? 0) <= now);
  await forgetFailed(settled, job);
}
