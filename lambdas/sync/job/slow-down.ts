import { Problem } from '../../errors.ts';
import { charged, type Job } from './job.ts';
import type { FetchAnswer } from './sync-gmail.ts';

/** How often a job slows down before it ends. */
const slowdowns = 3;

/**
 * A whole batch met faults: smaller ones after a pause, or no more in this job. A single message is to blame itself
 * only if Google answers something else.
 *
 * @param troubles how many batches of this job did, this one included
 * @throws Problem `google_unavailable` after the fourth
 */
export async function suspectGoogle(parts: number, troubles: number, job: Job): Promise<void> {
  if (parts === 1) await charged(job, job.prices.getProfile, () => job.gmail.getProfile());
  else if (troubles > slowdowns) throw new Problem('google_unavailable');
  job.batchSize = Math.max(1, Math.floor(job.batchSize / 2));
  await job.sleep(job.minute / 60);
}

/**
 * Smaller batches after a pause; or, where Google named a time or does not relent, no more in this job.
 *
 * @param slowed how many batches of this job were refused parts of, this one included
 * @throws Problem `rate_limited`
 */
export async function slowDown(answers: readonly FetchAnswer[], slowed: number, job: Job): Promise<void> {
  throwIfTimeIsNamed(answers);
  if (slowed > slowdowns) throw new Problem('rate_limited');
  job.batchSize = Math.max(1, Math.floor(job.batchSize / 2));
  await job.sleep((job.minute / 60) * 2 ** (slowed - 1));
}

/**
 * Where Google named times, the job ends, and the latest of them stands; so it ends where Google refused the whole
 * project, which no smaller batch of one mailbox mends.
 *
 * @throws Problem `rate_limited`
 */
export function throwIfTimeIsNamed(answers: readonly FetchAnswer[]): void {
  const limited = answers.filter((answer) => answer.kind === 'limited');
  const named = limited.flatMap(({ retryAfterSeconds }) => retryAfterSeconds ?? []);
  const quotas = limited.flatMap(({ projectQuota }) => projectQuota ?? []);
  const projectQuota = quotas.includes('day') ? 'day' : quotas[0];
  if (named.length > 0)
    throw new Problem('rate_limited', { retryAfterSeconds: Math.max(...named), projectQuota });
  if (projectQuota !== undefined) throw new Problem('rate_limited', { projectQuota });
}
