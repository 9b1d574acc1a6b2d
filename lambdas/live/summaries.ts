import type { ListedMessage, MessageSummary } from '../api/answers.ts';
import type { ReadOnly } from '../api/types.ts';
import type { MailboxKey } from '../copied-message.ts';
import { googleFailures, Problem, type ProblemCode } from '../errors.ts';
import { countFitting, largestResponse } from '../http/response-size.ts';
import type { Mailbox, MessagePage, Summaries, Summary, SummaryBatch } from './mailbox.ts';

export interface CopiedSummaries {
  /** Summaries of the messages in this generation's copy; very recent writes may be missing. */
  find(mailbox: MailboxKey, ids: readonly string[]): Promise<Summaries>;
}

/**
 * The most messages of a page that are fetched from Gmail if the mailbox is copied: 200 of the 300 units a minute (5 %
 * of 6,000) that the sync leaves to live calls, at 20 each. The others appear once they are copied.
 */
const mostUncached = 10;

/** Parts of a batch; users report refusals in larger ones. */
const batchSize = 25;

/** Milliseconds for one try of a batch and for the response after it. */
const batchTime = 10_000;

/** Transient faults and refusals, which must not suppress a list that was already read. */
const passing: readonly ProblemCode[] = [...googleFailures, 'rate_limited'];

/**
 * Summaries of a page's messages. They come from the stored copy, and for some messages that are not copied from Gmail.
 * If mail is not copied, all come from Gmail, as far as quota and time allow.
 *
 * @param copied undefined: mail is not copied; an earlier copy is not kept up to date
 * @param endsAt when the function is terminated, epoch milliseconds
 * @throws AccessTokenRefused, Problem `insufficient_scope`, `domain_policy`, `gmail_not_enabled` or `misconfigured`,
 *   and what `copied` throws
 */
export async function findSummaries(
  ids: readonly string[],
  caller: MailboxKey,
  mailbox: Pick<Mailbox, 'getSummaries'>,
  options: {
    readonly copied: CopiedSummaries | undefined;
    readonly clock: () => number;
    readonly endsAt: number;
  },
): Promise<Summaries> {
  const { copied, clock, endsAt } = options;
  const found = new Map(await copied?.find(caller, ids));
  const missing = ids.filter((id) => !found.has(id));
  const wanted = copied === undefined ? missing : missing.slice(0, mostUncached);
  for (let start = 0; start < wanted.length && clock() < endsAt - batchTime; start += batchSize) {
    const { summaries, hindered } = await fetchBatch(wanted.slice(start, start + batchSize), mailbox);
    for (const [id, summary] of summaries) found.set(id, summary);
    if (hindered) break;
  }
  return found;
}

async function fetchBatch(
  ids: readonly string[],
  mailbox: Pick<Mailbox, 'getSummaries'>,
): Promise<SummaryBatch> {
  try {
    return await mailbox.getSummaries(ids);
  } catch (error) {
    if (!(error instanceof Problem && passing.includes(error.code))) throw error;
    return { summaries: new Map(), hindered: true };
  }
}

/** Bytes of a response that are reserved for messages without a summary. */
const frame = 100_000;

/**
 * Adds summaries to the messages, as far as they fit the response.
 *
 * @returns also how many messages, from the first, fit the response with their summaries
 */
export function showSummaries(
  messages: MessagePage['messages'],
  summaries: Summaries,
): { readonly messages: ReadOnly<ListedMessage[]>; readonly fitting: number } {
  const shown = messages.map((message) => {
    const summary = summaries.get(message.id);
    return { ...message, summary: summary === undefined ? null : show(summary) };
  });
  const fitting = countFitting(shown, largestResponse - frame);
  return {
    fitting,
    messages: shown.map((message, index) => (index < fitting ? message : { ...message, summary: null })),
  };
}

/** In the form of Gmail's API: `internalDate` is text. */
function show({ from, subject, internalDate, labelIds, snippet }: Summary): ReadOnly<MessageSummary> {
  return { from, subject, internalDate: String(internalDate), labelIds, snippet };
}
