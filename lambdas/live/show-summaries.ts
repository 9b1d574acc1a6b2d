import type { ListedMessage, MessageSummary } from '../api/answers.ts';
import type { ReadOnly } from '../api/read-only.ts';
import { countFitting, largestResponse } from '../http/response-size.ts';
import type { MessagePage, Summaries, Summary } from './mailbox.ts';

/** Bytes of an answer that are kept for the messages without a summary. */
const frame = 100_000;

/**
 * Gives each message its summary, as far as the answer has room.
 *
 * @returns also how many of the messages fit the answer with their summaries, from the first on
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

/** As Gmail's own API writes it: `internalDate` is text. */
function show({ from, subject, internalDate, labelIds, snippet }: Summary): ReadOnly<MessageSummary> {
  return { from, subject, internalDate: String(internalDate), labelIds, snippet };
}
