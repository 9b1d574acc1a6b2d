import type { ChangePage } from '../api/answers.ts';
import type { ChangesQuery } from '../api/requests/changes.ts';
import { GmailOfflineAccessError } from './error.ts';

/**
 * Goes through a list page by page.
 *
 * @throws GmailOfflineAccessError `google_error` when a page token comes twice: following it would never end
 */
export async function* everyPage<Page extends { nextPageToken?: string | undefined }>(
  list: (pageToken: string | undefined) => Promise<Page>,
  first?: string,
): AsyncGenerator<Page, void> {
  const seen = new Set<string | undefined>();
  let pageToken = first;
  do {
    if (seen.has(pageToken)) {
      throw new GmailOfflineAccessError({
        code: 'google_error',
        status: 502,
        detail: 'A page token came twice. Try again later.',
      });
    }
    seen.add(pageToken);
    const page = await list(pageToken);
    yield page;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}

/** How changes are followed. */
export interface FollowOptions extends ChangesQuery {
  /** Milliseconds between two requests where there is nothing more; 5,000 unless said otherwise. */
  readonly interval?: number | undefined;
  /** Ends the following; an abort is no error. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks for changes for ever. Each page is given on, empty ones too: a program that stores `cursor` when it is done with a
 * page goes on there after a crash, and has none that grows too old.
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

/** A timer that is told no number, or one of more than 31 bits, ends at once. */
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
