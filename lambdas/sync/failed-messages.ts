import type { Job } from './job.ts';

/** Milliseconds of a day, the longest wait before a failed message is tried again. */
const day = 86_400_000;

/** Records that a message could not be copied for a reason of its own; each time it waits twice as long, up to a day. */
export async function recordFailure(id: string, reason: string, job: Job): Promise<void> {
  const before = (await job.copy.listFailed(job.state)).find((failed) => failed.id === id);
  const attempts = (before?.attempts ?? 0) + 1;
  const wait = Math.min(job.minute * 2 ** Math.min(attempts - 1, 20), day);
  await job.copy.putFailed(job.state, { id, reason, attempts, nextAttemptAt: job.clock() + wait });
  if (before === undefined) job.state = { ...job.state, failed: job.state.failed + 1 };
  job.busy = true;
}

/** Failed messages that are copied or gone. */
export async function forgetFailed(ids: readonly string[], job: Job): Promise<void> {
  if (ids.length === 0) return;
  await job.copy.deleteFailed(job.state, ids);
  const left = await job.copy.listFailed(job.state);
  job.state = { ...job.state, failed: left.length };
}
