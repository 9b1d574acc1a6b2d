import { listMessagesQuery } from '../api/requests/mail.ts';
import type { Route } from '../http/handler.ts';
import { parseQuery } from '../http/query.ts';
import { answer } from '../http/response.ts';
import { bytesInResponse, largestResponse } from '../http/response-size.ts';
import { PageTokens } from '../page-tokens.ts';
import { type CallerMailboxDependencies, withCallersMailbox } from './caller-mailbox.ts';
import { LiveUnitsSpent } from './live-units.ts';
import type { ListQuery, Mailbox, MessagePage } from './mailbox.ts';
import { showSummaries } from './show-summaries.ts';
import { type CopiedSummaries, findSummaries } from './summaries.ts';

/** Where following pages stops and hands out the next page token. */
export interface ListLimits {
  readonly pages: number;
  /** Bytes of the answer as it is sent. */
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

export interface ListMessagesDependencies extends CallerMailboxDependencies {
  /** undefined: nothing is copied. */
  readonly copied: CopiedSummaries | undefined;
}

/**
 * The live list of messages, one page or, with `all=true`, page after page; with `view=summary`, what a person would
 * read of each message of the page.
 */
export function listMessagesRoute(dependencies: ListMessagesDependencies): Route {
  const { clock = Date.now, copied } = dependencies;
  return async (request, run) => {
    const { all, view, ...listing } = parseQuery(request, listMessagesQuery);
    // The last page may take Gmail’s whole time-out, be tried once more, and take it again.
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
        // Only Gmail can give the page token of a shorter page.
        const shorter = await listMessages(mailbox, { ...listing, maxResults: fitting }, limits, clock);
        return { ...shorter, messages: showSummaries(shorter.messages, summaries).messages };
      },
      dependencies,
    );
    return answer<'GET /messages'>(200, page);
  };
}

/**
 * Lists messages by query, following pages until there are no more or a limit is near; then the answer carries
 * the `nextPageToken` to go on from. The guide's `ListMessages`.
 *
 * @throws What the mailbox throws, and Problem `google_error` when Gmail repeats a page token.
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

/** @returns undefined when the units are spent: a limit as any other */
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
