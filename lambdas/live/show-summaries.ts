import { countFitting, largestAnswer } from '../http/answer-size.ts';
import type { MessagePage, Summaries, Summary } from './mailbox.ts';

/** A message of a list, and how it reads; `null`: that is not known now. */
export type SummarisedMessage = MessagePage['messages'][number] & { readonly summary: ShownSummary | null };

/** A summary as Gmail's own API writes it: `internalDate` is text. */
export type ShownSummary = Omit<Summary, 'internalDate'> & { readonly internalDate: string };

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
): { readonly messages: readonly SummarisedMessage[]; readonly fitting: number } {
  const shown = messages.map((message) => {
    const summary = summaries.get(message.id);
    return { ...message, summary: summary === undefined ? null : show(summary) };
  });
  const fitting = countFitting(shown, largestAnswer - frame);
  return {
    fitting,
    messages: shown.map((message, index) => (index < fitting ? message : { ...message, summary: null })),
  };
}

function show({ from, subject, internalDate, labelIds, snippet }: Summary): ShownSummary {
  return { from, subject, internalDate: String(internalDate), labelIds, snippet };
}
