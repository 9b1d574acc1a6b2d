import * as v from 'valibot';
import { type CopiedMessage, plainSnippet } from '../copied-message.ts';

/** The headers of a message that the copy holds. */
export const copiedHeaders = ['From', 'To', 'Subject'] as const;

/** The fields of a `Message` resource that `readMessage` reads. */
export const messageFields =
  'id,threadId,labelIds,snippet,historyId,internalDate,sizeEstimate,payload/headers';

const id = v.pipe(v.string(), v.nonEmpty());

const message = v.object({
  id,
  threadId: id,
  labelIds: v.optional(v.array(v.string()), []),
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

/** A message that Gmail gave but that cannot be copied. The reason names a field, never what it holds. */
export interface UnreadableMessage {
  /** undefined: not even this can be read. */
  readonly id: string | undefined;
  readonly reason: string;
}

/** Reads Gmail's `Message` resource in the format `metadata`. */
export function readMessage(value: unknown): CopiedMessage | UnreadableMessage {
  const result = v.safeParse(message, value);
  if (!result.success) {
    const own = v.safeParse(v.object({ id }), value);
    const field = v.getDotPath(result.issues[0]) ?? 'message';
    return { id: own.success ? own.output.id : undefined, reason: `unreadable ${field}` };
  }
  const { historyId, sizeEstimate, payload, ...rest } = result.output;
  const header = (wanted: string) =>
    payload.headers.find(({ name }) => name.toLowerCase() === wanted)?.value ?? '';
  return {
    ...rest,
    // The width of the copy's history IDs, under which text compares as numbers.
    historyId: historyId.padStart(20, '0'),
    from: header('from'),
    to: header('to'),
    subject: header('subject'),
    size: sizeEstimate,
  };
}
