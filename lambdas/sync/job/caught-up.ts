import { failedMessages } from './failed-messages.ts';
import type { Job } from './job.ts';

/**
 * A message that failed this often, over two hours, does not delay `caught_up` any longer. It stays visible as failed,
 * and is retried.
 */
const maxAwaitedAttempts = 8;

/**
 * Announces `caught_up` if it has not been announced yet, the backfill and the comparison after an expired history have
 * finished, and no failed message is likely to be copied soon.
 */
export async function announceCaughtUp(job: Job): Promise<void> {
  const { catchingUp, phase, verify } = job.state;
  if (!catchingUp || phase !== 'live' || verify !== undefined) return;
  const failed = (await failedMessages(job)).values();
  if (failed.some(({ attempts }) => attempts < maxAwaitedAttempts)) return;
  await job.announcements.announce({ type: 'caught_up' });
  await job.save({ catchingUp: undefined });
}
