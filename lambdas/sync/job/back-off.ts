import { Problem } from '../../errors.ts';
import type { Job } from './job.ts';
import type { FetchAnswer } from './sync-gmail.ts';
import { charged } from './unit-budget.ts';

/** How often a job backs off before it ends. */
const maxBackOffs = 3;

/**
 * Backs off after faults of a whole batch: smaller batches after a pause, or the end of the job. If a batch of one
 * fails, its message is at fault only if `getProfile` succeeds.
 *
 * @param faultyBatches of this job, this one included
 * @throws Problem `google_unavailable` after the fourth
 */
export async function backOffAfterFaults(parts: number, faultyBatches: number, job: Job): Promise<void> {
  if (parts === 1) await charged(job, job.prices.getProfile, () => job.gmail.getProfile());
  else if (faultyBatches > maxBackOffs) throw new Problem('google_unavailable');
  job.batchSize = Math.max(1, Math.floor(job.batchSize / 2));
  await job.sleep(job.minute / 60);
}

/**
 * Backs off after a rate limit: smaller batches after a pause; the end of the job if Google gave a retry time or
 * continues to refuse.
 *
 * @param backOffs batches of this job that were limited, this one included
 * @throws Problem `rate_limited`
 */
export async function backOff(answers: readonly FetchAnswer[], backOffs: number, job: Job): Promise<void> {
  throwIfRetryTimeGiven(answers);
  if (backOffs > maxBackOffs) throw new Problem('rate_limited');
  job.batchSize = Math.max(1, Math.floor(job.batchSize / 2));
  await job.sleep((job.minute / 60) * 2 ** (backOffs - 1));
}

/**
 * Ends the job if Google gave retry times, of which the latest counts, or if it refused the whole project, since
 * smaller batches of one mailbox do not help then.
 *
 * @throws Problem `rate_limited`
 */
export function throwIfRetryTimeGiven(answers: readonly FetchAnswer[]): void {
  const limited = answers.filter((answer) => answer.kind === 'limited');
  const times = limited.flatMap(({ retryAfterSeconds }) => retryAfterSeconds ?? []);
  const quotas = limited.flatMap(({ projectQuota }) => projectQuota ?? []);
  const projectQuota = quotas.includes('day') ? 'day' : quotas[0];
  if (times.length > 0)
    throw new Problem('rate_limited', { retryAfterSeconds: Math.max(...times), projectQuota });
  if (projectQuota !== undefined) throw new Problem('rate_limited', { projectQuota });
}
