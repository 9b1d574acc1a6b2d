import type { MessagePage, Summaries, Summary } from './mailbox.ts';

/** Bytes of all summaries of an answer; a Lambda response holds 6 MB. */
const largest = 5_500_000;

/** A message of a list, and how it reads; `null`: that is not known now. */
export type SummarisedMessage = MessagePage['messages'][number] & { readonly summary: ShownSummary | null };

/** A summary as Gmail's own API writes it: `internalDate` is text. */
export type ShownSummary = Omit<Summary, 'internalDate'> & { readonly internalDate: string };

/** Gives each message its summary, as far as they fit an answer. */
export function showSummaries(
  messages: MessagePage['messages'],
  summaries: Summaries,
): readonly SummarisedMessage[] {
  let bytes = 0;
  return messages.map((message) => {
    const summary = summaries.get(message.id);
    if (summary === undefined) return { ...message, summary: null };
    const shown = show(summary);
    const size = Buffer.byteLength(JSON.stringify(shown));
    if (bytes + size > largest) return { ...message, summary: null };
    bytes += size;
    return { ...message, summary: shown };
  });
}

function show({ from, subject, internalDate, labelIds, snippet }: Summary): ShownSummary {
  return { from, subject, internalDate: String(internalDate), labelIds, snippet };
}
