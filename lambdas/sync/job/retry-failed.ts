import type { FailedMessage } from '../../copied-message.ts';
import { failedMessages, forgetFailed, isAwaited, recordMissing } from './failed-messages.ts';
import { fetchMessages } from './fetch-messages.ts';
import type { Job } from './job.ts';

/**
 * Tries the failed messages whose time has come, as many as the budget pays for; those that succeed or are gone are
 * failed no more. Those that Gmail has named but does not have yet are waited for, some seconds.
 *
 * @throws BudgetSpent, and what fetchMessages throws; those that were tried until then are settled
 */
export async function retryFailed(job: Job): Promise<void> {
  const failed = await failedMessages(job);
  await waitForNew(failed, job);
  const now = job.clock();
  const due = failed
    .values()
    // Those that were refused with the whole account are not at fault: they need not wait for their time.
    .filter(({ nextAttemptAt, reason }) => nextAttemptAt <= now || reason === job.state.messagesRefused)
    .toArray()
    // Whoever waits longest comes first: with more of them than a job can try, the others would never have their turn.
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

/** A message that was named in this job is mostly there some seconds later. */
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
  // A failure that is recorded anew is another.
  const before = new Map(failed);
  // Their threads are not known, and each is fetched alone.
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
  // The feed may have told of one that a worker then died over; and the copy has those that failed when fetched anew.
  const copied = gone.length === 0 ? 0 : (await job.copy.findKnown(job.state, gone)).size;
  await job.copy.delete(job.state, gone);
  job.state = { ...job.state, copied: job.state.copied - copied };
  const settled = ids.filter((id) => failed.get(id) === before.get(id));
  await forgetFailed([...settled, ...gone], job);
}
