import { listMessagesQuery } from '../api/requests/mail.ts';
import type { Route } from '../http/handler.ts';
import { parseQuery } from '../http/query.ts';
import { answer } from '../http/response.ts';
import { bytesInResponse, largestResponse } from '../http/response-size.ts';
import { PageTokens } from '../page-tokens.ts';
import { type CallerMailboxDependencies, withCallersMailbox } from './caller-mailbox.ts';
import { LiveUnitsSpent } from './live-units.ts';
import type { ListQuery, Mailbox, MessagePage } from './mailbox.ts';
import { type CopiedSummaries, findSummaries, showSummaries } from './summaries.ts';

/** Limits after which a listing stops and returns the next page token. */
interface ListLimits {
  readonly pages: number;
  /** Bytes of the response as sent. */
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

interface ListMessagesDependencies extends CallerMailboxDependencies {
  /** undefined: mail is not copied. */
  readonly copied: CopiedSummaries | undefined;
}

/**
 * The live list of messages: one page, or all pages with `all=true`. With `view=summary`, each message of the page has
 * its summary.
 */
export function listMessagesRoute(dependencies: ListMessagesDependencies): Route {
  const { clock = Date.now, copied } = dependencies;
  return async (request, run) => {
    const { all, view, ...listing } = parseQuery(request, listMessagesQuery);
    // The last page may use Gmail's whole timeout twice, because it is retried once.
    const limits = { pages: all ? 40 : 1, bytes: largestResponse, endsAt: run.endsAt - 18_000 };
    const page = await withCallersMailbox(
      request,
      run,
      'listMessages',
      async (mailbox, caller) => {
        const list = await listMessages(mailbox, listing, limits, clock);
        if (view === 'ids') return list;
        const ids = list.messages.map(({ id }) => id);
        const { endsAt } = run;
        const summaries = await findSummaries(ids, caller, mailbox, { copied, clock, endsAt });
        const { messages, fitting } = showSummaries(list.messages, summaries);
        const isWhole = fitting === 0 || fitting === messages.length;
        if (isWhole || clock() > limits.endsAt) return { ...list, messages };
        // Only Gmail can issue the page token of a shorter page.
        const shorter = await listMessages(mailbox, { ...listing, maxResults: fitting }, limits, clock);
        return { ...shorter, messages: showSummaries(shorter.messages, summaries).messages };
      },
      dependencies,
    );
    return answer<'GET /messages'>(200, page);
  };
}

/**
 * Lists messages that match a query. It follows pages until the last one or a limit; then the result carries the
 * `nextPageToken`. The guide's `ListMessages`.
 *
 * @throws what the mailbox throws, and Problem `google_error` if Gmail repeats a page token.
 */
export async function listMessages(
  mailbox: Pick<Mailbox, 'listMessages'>,
  listing: ListQuery,
  limits: ListLimits,
  clock: () => number = Date.now,
): Promise<MessagePage> {
  const whole: ListQuery = limits.pages > 1 ? { ...listing, maxResults: listing.maxResults ?? 500 } : listing;
  const tokens = new PageTokens(listing.pageToken);
  let list = await mailbox.listMessages(whole);
  tokens.follow(list.nextPageToken);
  let bytes = bytesInResponse(list);
  for (let pages = 1; pages < limits.pages && list.nextPageToken && clock() < limits.endsAt; pages++) {
    const next = await nextPage(mailbox, { ...whole, pageToken: list.nextPageToken });
    if (next === undefined) break;
    bytes += bytesInResponse(next);
    if (bytes > limits.bytes) break;
    tokens.follow(next.nextPageToken);
    list = {
      ...next,
      messages: [...list.messages, ...next.messages],
      resultSizeEstimate: list.resultSizeEstimate,
    };
  }
  return list;
}

/** @returns undefined if the units are spent, which is a limit like the others */
async function nextPage(
  mailbox: Pick<Mailbox, 'listMessages'>,
  query: ListQuery,
): Promise<MessagePage | undefined> {
  try {
    return await mailbox.listMessages(query);
  } catch (error) {
    if (error instanceof LiveUnitsSpent) return undefined;
    throw error;
  }
}
