import type { MailboxKey } from '../copied-message.ts';
import { googleFailures, Problem, type ProblemCode } from '../errors.ts';
import type { Mailbox, Summaries, SummaryBatch } from './mailbox.ts';

/** The offline copy, as a live list is read with it. */
export interface CopiedSummaries {
  /** Those of the messages that this generation’s copy holds; what was written a moment ago may not show yet. */
  find(mailbox: MailboxKey, ids: readonly string[]): Promise<Summaries>;
}

/**
 * The most messages of a page that Gmail is asked for where the mailbox is copied: 200 of the 300 units a minute (5 %
 * of 6,000) that the sync leaves to interactive calls, at 20 each. The others follow as they are copied.
 */
const mostUncached = 10;

/** Parts of a batch; users report refusals inside larger ones. */
const batchSize = 25;

/** Milliseconds that a batch may take, tried once, and the answer after it. */
const batchTime = 10_000;

/** Faults and refusals of the moment, for whose sake a list that has come is not withheld. */
const passing: readonly ProblemCode[] = [...googleFailures, 'rate_limited'];

/**
 * Summaries of the messages of a page: from the offline copy where it has them, and of some others from Gmail; of all
 * from Gmail where nothing is copied, as far as quota and time reach.
 *
 * @param copied undefined: nothing is copied; what a copy from before holds is not kept in step
 * @param endsAt when the function is ended, epoch milliseconds
 * @throws AccessTokenRefused, Problem `insufficient_scope`, `domain_policy`, `gmail_not_enabled` or `misconfigured`, and
 * what `copied` throws
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
