import * as v from 'valibot';

/** What the page reads of the API's answers. */

const summary = v.object({
  from: v.string(),
  subject: v.string(),
  /** Epoch milliseconds, as text. */
  internalDate: v.string(),
  labelIds: v.array(v.string()),
  snippet: v.string(),
});

export type Summary = v.InferOutput<typeof summary>;

const identity = { id: v.string(), threadId: v.string() };

/** `GET /messages?view=summary`: a summary is null until the copy has the message. */
export const liveList = v.object({
  messages: v.array(v.object({ ...identity, summary: v.optional(v.nullable(summary), null) })),
  nextPageToken: v.optional(v.string()),
});

/** `GET /mailbox/messages`. */
export const copyList = v.object({
  messages: v.array(
    v.pipe(
      v.object({ ...identity, ...summary.entries }),
      v.transform(({ id, threadId, ...rest }) => ({ id, threadId, summary: rest })),
    ),
  ),
  nextPageToken: v.optional(v.string()),
});

export type MessageList = v.InferOutput<typeof liveList>;

export type Row = MessageList['messages'][number];

/** `GET /mailbox/labels`. */
export const labelList = v.object({
  labels: v.array(v.object({ id: v.string(), name: v.string(), type: v.string() })),
});

/** A part of a message, as Gmail writes it. */
export interface Part {
  readonly mimeType: string;
  readonly filename: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: { readonly size: number; readonly data?: string | undefined };
  readonly parts: readonly Part[];
}

const part: v.GenericSchema<unknown, Part> = v.object({
  mimeType: v.optional(v.string(), ''),
  filename: v.optional(v.string(), ''),
  headers: v.optional(v.array(v.object({ name: v.string(), value: v.optional(v.string(), '') })), () => []),
  body: v.optional(v.object({ size: v.optional(v.number(), 0), data: v.optional(v.string()) }), () => ({
    size: 0,
  })),
  parts: v.optional(v.array(v.lazy(() => part)), () => []),
});

/** `GET /messages/{id}`. */
export const message = v.object({
  ...identity,
  labelIds: v.optional(v.array(v.string()), () => []),
  internalDate: v.string(),
  payload: part,
});

export type Message = v.InferOutput<typeof message>;

const ids = v.optional(v.array(v.string()), () => []);

const sync = v.object({
  phase: v.picklist(['backfill', 'live', 'paused']),
  pausedBecause: v.optional(v.string()),
  copied: v.number(),
  about: v.optional(v.number()),
  percent: v.number(),
  /** Messages a minute. */
  rate: v.optional(v.number()),
  /** Seconds. */
  timeLeft: v.optional(v.number()),
  failures: v.number(),
  /** The latest of them. */
  failed: v.optional(
    v.array(v.object({ id: v.string(), reason: v.string(), attempts: v.number(), nextAttempt: v.string() })),
    () => [],
  ),
  lastSync: v.optional(v.string()),
  nextSync: v.optional(v.string()),
  waitsFor: v.optional(v.string()),
  lastError: v.optional(v.object({ code: v.string(), at: v.string() })),
  verify: v.optional(
    v.object({
      running: v.boolean(),
      at: v.optional(v.string()),
      missing: ids,
      extra: ids,
      mislabelled: ids,
    }),
  ),
});

export type Sync = v.InferOutput<typeof sync>;

/** `GET /mailbox`. */
export const mailbox = v.object({
  account: v.object({ id: v.string() }),
  status: v.string(),
  sync: v.optional(sync),
  authorizationUrl: v.optional(v.string()),
});

export type Mailbox = v.InferOutput<typeof mailbox>;

/** `DELETE /mailbox`. */
export const disconnected = v.object({
  detail: v.optional(v.string()),
  removeAccessAt: v.optional(v.string()),
});

export type Disconnected = v.InferOutput<typeof disconnected>;

/** An answer that nothing is read of. */
export const anything = v.unknown();

/** A problem, or as much of one as API Gateway writes by itself. */
export const problem = v.object({
  title: v.optional(v.string()),
  detail: v.optional(v.string()),
  message: v.optional(v.string()),
  code: v.optional(v.string()),
  requestId: v.optional(v.string()),
  authorizationUrl: v.optional(v.string()),
});
