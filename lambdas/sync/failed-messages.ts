import type { FailedMessage, RefusedIds } from '../copied-message.ts';
import type { Job } from './job.ts';

/** Milliseconds of a day, the longest wait before a failed message is tried again. */
const day = 86_400_000;

/**
 * The failed messages of the job's mailbox, by ID. They are read once a job and kept in step from then on: nobody
 * else writes them, since a mailbox has one worker at a time. From the first call on, `job.state.failed` counts them.
 */
export async function failedMessages(job: Omit<Job, 'gmail'>): Promise<ReadonlyMap<string, FailedMessage>> {
  return read(job);
}

/** Records that a message could not be copied for a reason of its own; each time it waits twice as long, up to a day. */
export async function recordFailure(id: string, reason: string, job: Job): Promise<void> {
  const messages = await read(job);
  const attempts = (messages.get(id)?.attempts ?? 0) + 1;
  const wait = Math.min(job.minute * 2 ** Math.min(attempts - 1, 20), day);
  const failed = { id, reason, attempts, nextAttemptAt: job.clock() + wait };
  await job.copy.putFailed(job.state, failed);
  messages.set(id, failed);
  count(messages, job);
  job.busy = true;
}

/** Records messages that the table of the copy refuses for their content. */
export async function recordRefused(ids: RefusedIds, job: Job): Promise<void> {
  for (const id of ids) await recordFailure(id, 'refused by the table of messages', job);
}

/** Failed messages that are copied or gone. Those that did not fail are passed over. */
export async function forgetFailed(ids: readonly string[], job: Job): Promise<void> {
  if (ids.length === 0) return;
  const messages = await read(job);
  const known = ids.filter((id) => messages.has(id));
  if (known.length === 0) return;
  await job.copy.deleteFailed(job.state, known);
  for (const id of known) messages.delete(id);
  count(messages, job);
}

async function read(job: Omit<Job, 'gmail'>): Promise<Map<string, FailedMessage>> {
  if (job.failed === undefined) {
    const failed = await job.copy.listFailed(job.state);
    job.failed = new Map(failed.map((message) => [message.id, message]));
    // A worker may have died between a failure's row and the count of them.
    count(job.failed, job);
  }
  return job.failed;
}

function count(messages: ReadonlyMap<string, FailedMessage>, job: Omit<Job, 'gmail'>): void {
  job.state = { ...job.state, failed: messages.size };
}
