import { Problem } from '../../errors.ts';
import { PageTokens } from '../../page-tokens.ts';
import { startVerify } from '../mailbox/start-verify.ts';
import { checkEmptyList } from './empty-list.ts';
import { failedMessages, recordMissing } from './failed-messages.ts';
import { fetchMessages } from './fetch-messages.ts';
import type { Job } from './job.ts';
import type { IdPage } from './sync-gmail.ts';
import { charged } from './unit-budget.ts';

/**
 * Continues the backfill page by page: fetches the messages of a page that are missing from the copy, then lists the
 * next page. If units or time run out within a page, the next job lists it again and skips copied messages. At the end
 * a comparison is due, since a list may lack messages.
 *
 * @throws Problem `google_error` if Gmail repeats a page token, or lists none of the messages that it counts; the next
 * job starts the listing again
 */
export async function backfill(job: Job): Promise<void> {
  const tokens = new PageTokens(job.state.pageToken);
  let hasRestarted = false;
  while (job.state.phase === 'backfill') {
    const { pageToken } = job.state;
    const page = await listPage(pageToken, job);
    job.busy = true;
    if (page === 'refused') {
      // The listing starts again, but copied messages are skipped.
      if (pageToken === undefined) return;
      await job.save({ pageToken: undefined });
      // Once a job: if Gmail refuses every token, this would never end.
      if (hasRestarted) throw new Problem('google_error');
      hasRestarted = true;
      continue;
    }
    await checkEmptyList(page, pageToken, job);
    const known = await job.copy.findKnown(
      job.state,
      page.messages.map(({ id }) => id),
    );
    const failed = await failedMessages(job);
    await fetchMessages(
      page.messages.filter(({ id }) => !known.has(id) && !failed.has(id)),
      job,
      'absent',
      (missing) => recordMissing(missing, job),
    );
    const { copied, failed: failures } = job.state;
    const counts = { copied, failed: failures };
    if (page.nextPageToken !== undefined) {
      const next = tokens.has(page.nextPageToken) ? undefined : page.nextPageToken;
      await job.save({ pageToken: next, ...counts });
      tokens.follow(page.nextPageToken);
    } else {
      const verify = job.state.verify ?? startVerify('first_copy', job.clock());
      await job.save({ phase: 'live', pageToken: undefined, catchingUp: true, verify, ...counts });
    }
  }
}

/** If a page fails and the first page does not, its token is at fault, whatever Gmail's error is. */
async function listPage(pageToken: string | undefined, job: Job): Promise<IdPage | 'refused'> {
  const list = (token: string | undefined) =>
    charged(job, job.prices.listMessages, () => job.gmail.listMessages({ pageToken: token }));
  try {
    return await list(pageToken);
  } catch (error) {
    const isFailure = error instanceof Problem && error.code === 'google_unavailable';
    const isTimed = error instanceof Problem && error.options.retryAfterSeconds !== undefined;
    if (!isFailure || isTimed || pageToken === undefined) throw error;
    await list(undefined);
    return 'refused';
  }
}
