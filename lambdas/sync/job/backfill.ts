import { Problem } from '../../errors.ts';
import { PageTokens } from '../../page-tokens.ts';
import { startVerify } from '../mailbox/start-verify.ts';
import { checkEmptyList } from './empty-list.ts';
import { failedMessages, recordMissing } from './failed-messages.ts';
import { fetchMessages } from './fetch-messages.ts';
import { charged, type Job } from './job.ts';
import type { IdPage } from './sync-gmail.ts';

/**
 * Goes on copying the mailbox, list page by list page: what a page names and the copy lacks is fetched, then the
 * next page is asked for. Where units or time run out in the middle of a page, the next job lists it again and
 * skips what is there. At the end a comparison is due: a list can lack messages.
 *
 * @throws Problem `google_error` when Gmail repeats a page token, or lists none of the messages that it counts; the
 * next job starts the listing again
 */
export async function backfill(job: Job): Promise<void> {
  const tokens = new PageTokens(job.state.pageToken);
  let hasRestarted = false;
  while (job.state.phase === 'backfill') {
    const { pageToken } = job.state;
    const page = await listPage(pageToken, job);
    job.busy = true;
    if (page === 'refused') {
      // The listing starts again, the backfill does not: what is copied is skipped.
      if (pageToken === undefined) return;
      await job.save({ pageToken: undefined });
      // Once a job: where every token is refused, it would begin for ever.
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

/** A page that fails while the first one is given fails for its token, whatever Gmail says. */
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
