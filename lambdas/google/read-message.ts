import * as v from 'valibot';
import { type CopiedMessage, plainSnippet } from '../copied-message.ts';

/** The headers that the stored copy keeps. */
export const copiedHeaders = ['From', 'To', 'Subject'] as const;

/** The fields of a `Message` resource that `readMessage` reads. */
export const messageFields =
  'id,threadId,labelIds,snippet,historyId,internalDate,sizeEstimate,payload/headers';

/** The most characters of a text that a sender or Gmail chooses. Headers can reach 500 KB; a row holds 400 KB. */
const longest = 2_000;

/** The most characters of all label IDs of a message: a row, a change and an event of the bus must hold them. */
const longestLabels = 200_000;

const id = v.pipe(v.string(), v.nonEmpty(), v.maxLength(100));

const labelIds = v.pipe(
  v.array(v.string()),
  v.check((labels) => labels.reduce((sum, label) => sum + label.length + 3, 0) <= longestLabels),
);

const message = v.object({
  id,
  threadId: id,
  labelIds: v.optional(labelIds, []),
  snippet: v.pipe(v.optional(v.string(), ''), v.transform(plainSnippet)),
  historyId: v.pipe(v.string(), v.digits(), v.maxLength(20)),
  internalDate: v.pipe(v.string(), v.regex(/^-?\d{1,15}$/), v.transform(Number)),
  sizeEstimate: v.optional(v.number(), 0),
  payload: v.optional(
    v.object({
      headers: v.optional(v.array(v.object({ name: v.string(), value: v.optional(v.string(), '') })), []),
    }),
    {},
  ),
});

/** A message that cannot be copied. The reason names a field, never its content. */
interface UnreadableMessage {
  /** undefined if even the ID is unreadable. */
  readonly id: string | undefined;
  readonly reason: string;
}

/**
 * Reads Gmail's `Message` resource in the format `metadata`. Long headers are truncated; the live message has them in
 * full.
 */
export function readMessage(value: unknown): CopiedMessage | UnreadableMessage {
  const result = v.safeParse(message, value);
  if (!result.success) {
    const own = v.safeParse(v.object({ id }), value);
    const field = v.getDotPath(result.issues[0]) ?? 'message';
    return { id: own.success ? own.output.id : undefined, reason: `unreadable ${field}` };
  }
  const { historyId, sizeEstimate, payload, snippet, ...rest } = result.output;
  const header = (wanted: string) =>
    truncateText(payload.headers.find(({ name }) => name.toLowerCase() === wanted)?.value ?? '');
  return {
    ...rest,
    // Padded to the width of stored history IDs, so that text compares like numbers.
    historyId: historyId.padStart(20, '0'),
    from: header('from'),
    to: header('to'),
    subject: header('subject'),
    snippet: truncateText(snippet),
    size: sizeEstimate,
  };
}

/** Truncates a long text and adds an ellipsis; a surrogate pair is never split. */
export function truncateText(text: string): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
