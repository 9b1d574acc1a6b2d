import type { ChangePage } from '../api/answers.ts';
import type { ChangesQuery } from '../api/requests/changes.ts';
import { GmailOfflineAccessError } from './error.ts';

/**
 * Follows a list page by page.
 *
 * @throws GmailOfflineAccessError `google_error` if a page token repeats, because following it would never end
 */
export async function* everyPage<
  Query extends { readonly pageToken?: string | undefined },
  Page extends { nextPageToken?: string | undefined },
>(list: (query?: Query) => Promise<Page>, query: Query): AsyncGenerator<Page, void> {
  const seen = new Set<string | undefined>();
  let { pageToken } = query;
  do {
    if (seen.has(pageToken)) {
      throw new GmailOfflineAccessError({
        code: 'google_error',
        status: 502,
        detail: 'A page token came twice. Try again later.',
      });
    }
    seen.add(pageToken);
    const page = await list({ ...query, pageToken });
    yield page;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}

export interface FollowOptions extends ChangesQuery {
  /** Milliseconds between two requests if there are no more changes; default 5,000. */
  readonly interval?: number | undefined;
  /** Ends the generator; an abort is no error. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Requests changes without end. It yields every page, even an empty one: a program that stores the `cursor` of each
 * page continues there after a crash, and its cursor never gets too old.
 */
export async function* followChanges(
  list: (query: ChangesQuery, signal: AbortSignal | undefined) => Promise<ChangePage>,
  { interval = 5_000, signal, after, ...query }: FollowOptions = {},
): AsyncGenerator<ChangePage, void> {
  if (!(interval >= 0)) throw new RangeError('The interval is a number of milliseconds.');
  let cursor = after;
  while (!signal?.aborted) {
    const page = await unlessAborted(list({ after: cursor, ...query }, signal), signal);
    if (page === undefined) return;
    yield page;
    const isStuck = page.cursor === cursor;
    cursor = page.cursor;
    if (!page.more || isStuck) await pause(interval, signal);
  }
}

async function unlessAborted<Value>(
  work: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

/** A timer with more than 31 bits ends at once. */
const longestPause = 2 ** 31 - 1;

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(milliseconds, longestPause));
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end);
  });
}
