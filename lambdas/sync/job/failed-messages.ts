import type { FailedMessage, RefusedIds } from '../../copied-message.ts';
import type { Job } from './job.ts';

/** A day in milliseconds, the longest wait before a retry. */
const day = 86_400_000;

/**
 * The failed messages of the job's mailbox, by ID. They are read once a job: no other worker writes them, since a
 * mailbox has one worker at a time. After the first call `job.state.failed` counts them.
 */
export async function failedMessages(job: Omit<Job, 'gmail'>): Promise<ReadonlyMap<string, FailedMessage>> {
  return read(job);
}

/** The reason for a message that Gmail has named but answers 404 for, as it does for some seconds. */
export const notYetAvailable = 'not there yet';

/** A message counts as gone after this many answers of 404, over some minutes. */
const maxMissed = 5;

/** Whether Gmail has named the message and answered 404 too few times to count it as gone. */
export function isAwaited(failed: FailedMessage | undefined): boolean {
  return failed?.reason === notYetAvailable && failed.attempts < maxMissed;
}

/** Records messages that Gmail has named and answers 404 for. They are retried, first after seconds. */
export async function recordMissing(ids: readonly string[], job: Job): Promise<void> {
  for (const id of ids) await recordFailure(id, notYetAvailable, job);
}

/** Records a failure of the message itself. Each time its wait doubles, up to a day. */
export async function recordFailure(id: string, reason: string, job: Job): Promise<void> {
  const messages = await read(job);
  const before = messages.get(id);
  const attempts =
    (before?.reason === notYetAvailable && reason !== notYetAvailable ? 0 : (before?.attempts ?? 0)) + 1;
  const isNew = reason === notYetAvailable && attempts === 1;
  const minutes = 2 ** Math.min(attempts - (reason === notYetAvailable ? 2 : 1), 20);
  const wait = isNew ? job.minute / 20 : Math.min(job.minute * minutes, day);
  const failed = { id, reason, attempts, nextAttemptAt: job.clock() + wait };
  await job.copy.putFailed(job.state, failed);
  messages.set(id, failed);
  count(messages, job);
  job.busy = true;
}

/** Records messages that the table refuses for their content. */
export async function recordRefused(ids: RefusedIds, job: Job): Promise<void> {
  for (const id of ids) await recordFailure(id, 'refused by the table of messages', job);
}

/** Removes messages from the failed ones, since they are copied or gone. Others are ignored. */
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
    // A worker may have died between storing a failure and counting it.
    count(job.failed, job);
  }
  return job.failed;
}

function count(messages: ReadonlyMap<string, FailedMessage>, job: Omit<Job, 'gmail'>): void {
  job.state = { ...job.state, failed: messages.size };
}
