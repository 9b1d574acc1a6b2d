import type { FailedMessage } from '../../copied-message.ts';
import { failedMessages, forgetFailed, isAwaited, recordMissing } from './failed-messages.ts';
import { fetchMessages } from './fetch-messages.ts';
import type { Job } from './job.ts';
import { deleteMessages } from './write-copy.ts';

/**
 * Retries failed messages that are due, as many as the budget allows. Those that are copied or gone are no longer
 * failed. For messages that Gmail has named but does not have yet, the job waits some seconds.
 *
 * @throws BudgetSpent, and what fetchMessages throws; messages retried until then are settled
 */
export async function retryFailed(job: Job): Promise<void> {
  const failed = await failedMessages(job);
  await waitForNew(failed, job);
  const now = job.clock();
  const due = failed
    .values()
    // Messages refused with the whole account are not at fault: their retry is due at once.
    .filter(({ nextAttemptAt, reason }) => nextAttemptAt <= now || reason === job.state.messagesRefused)
    .toArray()
    // The longest waiting first: otherwise, with more than a job can retry, some would never be retried.
    .sort((one, other) => one.nextAttemptAt - other.nextAttemptAt)
    .map(({ id }) => id);
  const { getMessage } = job.prices;
  for (let left = due; left.length > 0; ) {
    const room = await job.budget.room(getMessage, job.batchSize * getMessage, left.length * getMessage);
    const part = left.slice(0, Math.floor(room / getMessage));
    await retry(part, job);
    left = left.slice(part.length);
  }
}

/** A message named in this job usually exists some seconds later. */
async function waitForNew(failed: ReadonlyMap<string, FailedMessage>, job: Job): Promise<void> {
  const times = failed
    .values()
    .filter((message) => isAwaited(message) && message.attempts === 1)
    .map(({ nextAttemptAt }) => nextAttemptAt)
    .toArray();
  const wait = Math.max(...times, 0) - job.clock();
  if (wait > 0) await job.sleep(wait);
}

async function retry(ids: readonly string[], job: Job): Promise<void> {
  const failed = await failedMessages(job);
  // A new entry means that the message failed again.
  const before = new Map(failed);
  // Their threads are unknown, so each is fetched alone.
  const missing = await fetchMessages(
    ids.map((id) => ({ id, threadId: id })),
    job,
    'replace',
  );
  await recordMissing(
    [...missing].filter((id) => isAwaited(failed.get(id))),
    job,
  );
  const gone = [...missing].filter((id) => !isAwaited(failed.get(id)));
  // The feed may contain a message over which a worker died, and the copy may contain one that failed when fetched
  // again.
  const copied = gone.length === 0 ? 0 : (await job.copy.findKnown(job.state, gone)).size;
  await deleteMessages(gone, job);
  job.state = { ...job.state, copied: job.state.copied - copied };
  const settled = ids.filter((id) => failed.get(id) === before.get(id));
  await forgetFailed([...settled, ...gone], job);
}
