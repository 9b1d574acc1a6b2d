import type { CopyStore } from '../../copied-message.ts';
import type { MailboxState } from '../mailbox/mailbox-state.ts';

/** A day in milliseconds, after which a count that took too long is tried again. */
const day = 86_400_000;

/**
 * Counts the copied messages if due. Jobs add up what they copy and delete; what a worker did when it died is missing
 * from that sum until the next comparison has ended, which makes a count due.
 *
 * @param until a count that is not done by then is postponed, since it would cost the same again (epoch milliseconds)
 */
export async function recountIfDue(
  job: { readonly copy: Pick<CopyStore, 'count'>; readonly clock: () => number; state: MailboxState },
  until: number,
): Promise<void> {
  const now = job.clock();
  const { recountAt = Number.POSITIVE_INFINITY } = job.state;
  if (now < recountAt) return;
  const copied = await job.copy.count(job.state, until);
  const counted = copied === undefined ? { recountAt: now + day } : { copied, recountAt: undefined };
  job.state = { ...job.state, ...counted };
}
