import type { ListedMessage, MessageSummary } from '../api/answers.ts';
import type { ReadOnly } from '../api/read-only.ts';
import { countFitting, largestResponse } from '../http/response-size.ts';
import type { MessagePage, Summaries, Summary } from './mailbox.ts';

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
