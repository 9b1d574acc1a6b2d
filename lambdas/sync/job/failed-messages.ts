import type { FailedMessage, RefusedIds } from '../../copied-message.ts';
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

/** The reason of a message that Gmail has named, but answers 404 for: it does so for seconds after naming it. */
export const notThereYet = 'not there yet';

/** A message that Gmail has named counts as gone after this many answers of 404, which span some minutes. */
const maxMissed = 5;

/** Whether Gmail has named the message and answered 404 so far, but not often enough to believe it. */
export function isAwaited(failed: FailedMessage | undefined): boolean {
  return failed?.reason === notThereYet && failed.attempts < maxMissed;
}

/** Records messages that Gmail has named and that it answers 404 for: they are tried again, first after seconds. */
export async function recordMissing(ids: readonly string[], job: Job): Promise<void> {
  for (const id of ids) await recordFailure(id, notThereYet, job);
}

/** Records that a message could not be copied for a reason of its own; each time it waits twice as long, up to a day. */
export async function recordFailure(id: string, reason: string, job: Job): Promise<void> {
  const messages = await read(job);
  const before = messages.get(id);
  const attempts =
    (before?.reason === notThereYet && reason !== notThereYet ? 0 : (before?.attempts ?? 0)) + 1;
  const isNew = reason === notThereYet && attempts === 1;
  const minutes = 2 ** Math.min(attempts - (reason === notThereYet ? 2 : 1), 20);
  const wait = isNew ? job.minute / 20 : Math.min(job.minute * minutes, day);
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
