import { Problem } from '../../errors.ts';
import type { Job } from './job.ts';
import type { IdPage } from './sync-gmail.ts';
import { charged } from './unit-budget.ts';

const minutesOfDay = 1_440;

/**
 * Checks a list of all messages: Gmail may return an empty first page of a mailbox that has messages. It may also count
 * messages that it never lists, so an empty list is believed a day after the backfill or the comparison began.
 *
 * @param pageToken of the page
 * @throws Problem `google_error` if Gmail counts messages that it does not list; a later job lists again
 */
export async function checkEmptyList(page: IdPage, pageToken: string | undefined, job: Job): Promise<void> {
  if (pageToken !== undefined || page.messages.length > 0 || page.nextPageToken !== undefined) return;
  const { verify, connectedAt } = job.state;
  if (job.clock() >= (verify?.startedAt ?? connectedAt) + minutesOfDay * job.minute) return;
  const { messagesTotal } = await charged(job, job.prices.getProfile, () => job.gmail.getProfile());
  if (messagesTotal > 0) throw new Problem('google_error');
}
