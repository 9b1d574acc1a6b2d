import type { SummaryBatch } from '../live/mailbox.ts';
import { type BatchOptions, fetchBatch } from './batch.ts';

/**
 * Fetches the summaries of at most 100 messages in one call. A message that is gone or unreadable has none.
 *
 * @throws what fetchBatch throws
 */
export async function fetchSummaries(ids: readonly string[], options: BatchOptions): Promise<SummaryBatch> {
  const answers = await fetchBatch(
    ids.map((id) => ({ kind: 'message', id })),
    options,
  );
  const messages = answers.flatMap((answer) => (answer.kind === 'found' ? answer.messages : []));
  return {
    summaries: new Map(messages.map((message) => [message.id, message])),
    hindered: answers.some(({ kind }) => kind === 'limited' || kind === 'again'),
  };
}
