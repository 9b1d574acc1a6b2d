import { failedMessages } from './failed-messages.ts';
import type { Job } from './job.ts';

/**
 * A message that failed so often for its own sake, over two hours, is not waited for: it would hold back its mailbox
 * for ever. It stays visible as failed, and is retried.
 */
const maxAwaitedAttempts = 8;

/**
 * Tells the feed that the copy holds the whole mailbox, where that is still to be told: not before the backfill and the
 * comparison after a lost history have ended, and not while a message is missing that may soon be copied.
 */
export async function announceCaughtUp(job: Job): Promise<void> {
  const { catchingUp, phase, verify } = job.state;
  if (!catchingUp || phase !== 'live' || verify !== undefined) return;
  const failed = (await failedMessages(job)).values();
  if (failed.some(({ attempts }) => attempts < maxAwaitedAttempts)) return;
  await job.announcements.announce({ type: 'caught_up' });
  await job.save({ catchingUp: undefined });
}
