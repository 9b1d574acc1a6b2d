import { failedMessages } from './failed-messages.ts';
import type { Job } from './job.ts';

/**
 * Tells the feed that the copy holds the whole mailbox, where that is still to be told: not before the backfill and the
 * comparison after a lost history have ended, and never while a message is missing.
 */
export async function tellCaughtUp(job: Job): Promise<void> {
  const { catchingUp, phase, verify } = job.state;
  if (!catchingUp || phase !== 'live' || verify !== undefined) return;
  if ((await failedMessages(job)).size > 0) return;
  await job.telling.tell({ type: 'caught_up' });
  await job.save({ catchingUp: undefined });
}
