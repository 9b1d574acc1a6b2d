import { padHistoryId } from '../../copied-message.ts';
import { googleFailures, Problem } from '../../errors.ts';
import { PageTokens } from '../../page-tokens.ts';
import { startVerify } from '../mailbox/start-verify.ts';
import { applyHistory, type LastChanges } from './apply-history.ts';
import type { Job } from './job.ts';
import type { HistoryPage, HistoryRecord } from './sync-gmail.ts';
import { charged } from './unit-budget.ts';

/**
 * Applies everything that happened since the cursor, page by page. The cursor moves on only when a page is wholly
 * applied. If Gmail no longer knows the cursor, a new one is pinned, and a comparison of the whole mailbox finds what
 * was missed.
 *
 * @returns `caught up`: the copy contains every change until now; `refused`: Gmail refused its own page token, and the
 * next job starts from the cursor; `restarted`: a comparison has begun, in place of a running one
 * @throws Problem `google_error` if Gmail repeats a page token; what was applied stays
 */
export async function followHistory(job: Job): Promise<'caught up' | 'refused' | 'restarted'> {
  if (job.state.historyId === undefined) {
    await pinCursor(job);
    return 'caught up';
  }
  const start = job.state.historyId;
  const tokens = new PageTokens();
  let pageToken: string | undefined;
  let changed: LastChanges | undefined;
  let before: readonly HistoryRecord[] = [];
  do {
    const page = await listPage(start, pageToken, job);
    if (page === 'expired') {
      await restart(job);
      return 'restarted';
    }
    if (page === 'refused') return 'refused';
    const last = await applyHistory(page.records, job, changed);
    const isLast = page.nextPageToken === undefined;
    const historyId = isLast ? page.historyId : cursorAfter([...before, ...page.records]);
    if (page.records.length > 0) [before, changed] = [page.records, last];
    const { copied, failed } = job.state;
    if (historyId !== undefined && (page.records.length > 0 || job.busy)) {
      await job.save({ historyId, copied, failed });
    } else if (historyId !== undefined) job.state = { ...job.state, historyId };
    job.state = { ...job.state, historyFailures: undefined };
    pageToken = tokens.follow(page.nextPageToken);
  } while (pageToken !== undefined);
  return 'caught up';
}

/** Records of a page at first, and then if a page is too large for an answer. */
const pageSizes = [undefined, 100, 20, 4, 1];

/** Consecutive jobs in which the history may fail. In a longer outage other calls fail too. */
const maxFailures = 5;

/**
 * Lists a page of history. Gmail's history may fail for ever while other calls succeed: after some jobs a comparison
 * takes its place.
 *
 * @returns `expired` then, too
 */
async function listPage(
  start: string,
  pageToken: string | undefined,
  job: Job,
): Promise<HistoryPage | 'expired' | 'refused'> {
  try {
    for (const maxResults of pageSizes) {
      const page = await charged(job, job.prices.listHistory, () =>
        job.gmail.listHistory({ start, pageToken, ...(maxResults !== undefined && { maxResults }) }),
      );
      if (page !== 'too large') return page;
    }
    throw new Problem('google_error');
  } catch (error) {
    if (!(error instanceof Problem) || !googleFailures.includes(error.code)) throw error;
    if (error.options.retryAfterSeconds !== undefined) throw error;
    const historyFailures = (job.state.historyFailures ?? 0) + 1;
    job.state = { ...job.state, historyFailures };
    // The comparison begins with another call: if that fails too, Gmail is down.
    if (historyFailures <= maxFailures) throw error;
    return 'expired';
  }
}

/**
 * The cursor after a page. The next page may begin with this one's last history ID, and a listing that starts at an ID
 * leaves out all its records. So the cursor stays before the last ID until a page shows a later one.
 *
 * @param records of the page before and of this one
 * @returns undefined if only one ID has come yet
 */
function cursorAfter(records: readonly HistoryRecord[]): string | undefined {
  const last = padHistoryId(records.at(-1)?.historyId ?? '');
  const ids = records.map(({ historyId }) => historyId).filter((id) => padHistoryId(id) < last);
  return ids.reduce<string | undefined>(
    (latest, id) => (padHistoryId(id) > padHistoryId(latest ?? '') ? id : latest),
    undefined,
  );
}

/** Pins the cursor before the listing: what changes during the listing is in the history after it. */
async function pinCursor(job: Job): Promise<void> {
  const { historyId, messagesTotal } = await charged(job, job.prices.getProfile, () =>
    job.gmail.getProfile(),
  );
  await job.save({ historyId, about: messagesTotal });
}

async function restart(job: Job): Promise<void> {
  job.log.warn({ event: 'history expired', accountId: job.state.accountId });
  const { historyId, messagesTotal } = await charged(job, job.prices.getProfile, () =>
    job.gmail.getProfile(),
  );
  await job.announcements.correctFeed(job.copy);
  const verify = startVerify('history_expired', job.clock(), job.state.verify?.found);
  await job.save({ historyId, about: messagesTotal, historyFailures: undefined, verify });
}
