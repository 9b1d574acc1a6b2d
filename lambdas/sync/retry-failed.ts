import { forgetFailed } from './failed-messages.ts';
import { fetchMessages } from './fetch-messages.ts';
import type { Job } from './job.ts';

/** Failed messages that one job tries again. */
const mostRetried = 25;

/** Tries the failed messages whose time has come; those that succeed or are gone are failed no more. */
export async function retryFailed(job: Job): Promise<void> {
  const now = job.clock();
  const failed = await job.copy.listFailed(job.state);
  // A worker may have died between a failure's row and the count of them.
  job.state = { ...job.state, failed: failed.length };
  const due = failed.filter(({ nextAttemptAt }) => nextAttemptAt <= now).slice(0, mostRetried);
  // Their threads are not known, and each is fetched alone.
  await fetchMessages(
    due.map(({ id }) => ({ id, threadId: id })),
    job,
    'replace',
  );
  const still = await job.copy.listFailed(job.state);
  const given = new Set(due.map(({ id }) => id));
  const settled = still.filter(({ id, nextAttemptAt }) => given.has(id) && nextAttemptAt <= now);
  await forgetFailed(
    settled.map(({ id }) => id),
    job,
  );
}
