import { Problem } from '../../errors.ts';
import { charged, type Job } from './job.ts';
import type { FetchAnswer } from './sync-gmail.ts';

/** How often a job slows down before it ends. */
const maxBackOffs = 3;

/**
 * A whole batch met faults: smaller ones after a pause, or no more in this job. A single message is to blame itself
 * only if Google answers something else.
 *
 * @param troubles how many batches of this job did, this one included
 * @throws Problem `google_unavailable` after the fourth
 */
export async function backOffAfterFaults(parts: number, faultyBatches: number, job: Job): Promise<void> {
  if (parts === 1) await charged(job, job.prices.getProfile, () => job.gmail.getProfile());
  else if (faultyBatches > maxBackOffs) throw new Problem('google_unavailable');
  job.batchSize = Math.max(1, Math.floor(job.batchSize / 2));
  await job.sleep(job.minute / 60);
}

/**
 * Smaller batches after a pause; or, where Google named a time or does not relent, no more in this job.
 *
 * @param slowed how many batches of this job were refused parts of, this one included
 * @throws Problem `rate_limited`
 */
export async function backOff(answers: readonly FetchAnswer[], backOffs: number, job: Job): Promise<void> {
  throwIfRetryTimeGiven(answers);
  if (backOffs > maxBackOffs) throw new Problem('rate_limited');
  job.batchSize = Math.max(1, Math.floor(job.batchSize / 2));
  await job.sleep((job.minute / 60) * 2 ** (backOffs - 1));
}

/**
 * Where Google named times, the job ends, and the latest of them stands; so it ends where Google refused the whole
 * project, which no smaller batch of one mailbox mends.
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
