import * as v from 'valibot';
import { Problem } from '../errors.ts';
import type { HistoryRecord, SyncGmail } from '../sync/job/sync-gmail.ts';
import { fetchBatch } from './batch.ts';
import { failedResponse, isOversize } from './failure.ts';
import { buildGmailService } from './gmail.ts';
import { failsPrecondition, gmailProblem, readGmailError } from './gmail-problem.ts';
import { listPage } from './list-page.ts';
import { truncateText } from './read-message.ts';
import { createTransport, neverRetry, type Transport } from './transport.ts';

/** Gmail's largest page. */
const maxResults = 500;

const id = v.pipe(v.string(), v.nonEmpty());

// May exceed 2^53, so it is never parsed as a number.
const historyId = v.pipe(v.string(), v.digits(), v.maxLength(20));

const nextPageToken = v.optional(v.pipe(v.string(), v.nonEmpty()));

/** Gmail omits an empty list. */
const listOf = <S extends v.GenericSchema<unknown, unknown>>(schema: S) => v.optional(v.array(schema), []);

const profile = v.object({
  // Only an address of at most this length can be looked up.
  emailAddress: v.fallback(v.pipe(v.string(), v.maxLength(320)), ''),
  historyId,
  messagesTotal: v.optional(v.number(), 0),
});

const idPage = listPage('messages', { messages: listOf(v.object({ id, threadId: id })), nextPageToken });

const label = v.object({
  id,
  name: v.optional(v.pipe(v.string(), v.transform(truncateText))),
  type: v.fallback(v.picklist(['system', 'user']), 'user'),
});

const labelPage = listPage('labels', { labels: listOf(label) });

const labelChanges = listOf(v.object({ message: v.object({ id }), labelIds: listOf(v.string()) }));

const historyRecord = v.object({
  id: historyId,
  messagesAdded: listOf(v.object({ message: v.object({ id, threadId: id }) })),
  messagesDeleted: listOf(v.object({ message: v.object({ id }) })),
  labelsAdded: labelChanges,
  labelsRemoved: labelChanges,
});

/** The lists of a history record that name messages in the same form. */
const namingParts = ['messagesAdded', 'messagesDeleted', 'labelsAdded', 'labelsRemoved'] as const;

/** Records are parsed one by one: an unreadable record must not block the others. */
const historyPage = v.object({ history: listOf(v.unknown()), nextPageToken, historyId });

const historyFields =
  'history(id,messages/id,messagesAdded/message(id,threadId),messagesDeleted/message/id,' +
  'labelsAdded(message/id,labelIds),labelsRemoved(message/id,labelIds)),nextPageToken,historyId';

/** Gmail for the sync. Each call is tried once, because each try must be charged. */
export function createSyncGmailOpener({
  rootUrl,
  transport = createTransport(),
  clock = Date.now,
}: {
  rootUrl: string;
  transport?: Transport;
  clock?: () => number;
}): (accessToken: string) => SyncGmail {
  /** The parsed response, or what `instead` makes of a refusal. */
  async function request<S extends v.GenericSchema<unknown, unknown>, Instead = never>(
    call: Promise<{ data: unknown }>,
    schema: S,
    instead: (refusal: GmailRefusal) => Instead | undefined = () => undefined,
  ): Promise<v.InferOutput<S> | Instead> {
    try {
      const result = v.safeParse(schema, (await call).data);
      if (result.success) return result.output;
    } catch (error) {
      const meaning = instead(refusalOf(error));
      if (meaning !== undefined) return meaning;
      throw withoutRequests(gmailProblem(error, clock()));
    }
    throw new Problem('google_error', { cause: new Error('Gmail’s response has an unknown form.') });
  }

  return (accessToken) => {
    const service = buildGmailService(accessToken, { rootUrl, transport, retries: neverRetry });
    const { messages, history, labels } = service.users;
    const userId = 'me';
    return {
      getProfile: () =>
        request(
          service.users.getProfile({ userId, fields: 'emailAddress,historyId,messagesTotal' }),
          profile,
        ),

      listMessages: ({ labelId, pageToken }) =>
        request(
          messages.list({
            userId,
            maxResults,
            includeSpamTrash: true,
            fields: 'messages(id,threadId),nextPageToken',
            ...(labelId !== undefined && { labelIds: [labelId] }),
            ...(pageToken !== undefined && { pageToken }),
          }),
          idPage,
          (refusal) => {
            if (pageToken !== undefined && refusesToken(refusal) && !namesLabel(refusal)) return 'refused';
            return labelId !== undefined && isUnknownLabel(refusal) ? { messages: [] } : undefined;
          },
        ),

      listHistory: async ({ start, pageToken, maxResults: most = maxResults }) => {
        const page = await request(
          history.list({
            userId,
            startHistoryId: start,
            maxResults: most,
            fields: historyFields,
            ...(pageToken !== undefined && { pageToken }),
          }),
          historyPage,
          (refusal) => {
            if (refusal.isTooLarge) return 'too large';
            if (pageToken !== undefined && refusesToken(refusal)) return 'refused';
            return refusal.status === 404 ? 'expired' : undefined;
          },
        );
        if (typeof page === 'string') return page;
        const { history: records, ...rest } = page;
        return { ...rest, records: readRecords(records, start) };
      },

      listLabels: async () => {
        const page = await request(labels.list({ userId, fields: 'labels(id,name,type)' }), labelPage);
        return page.labels;
      },

      fetch: (requests) => fetchBatch(requests, { accessToken, rootUrl, transport, clock }),
    };
  };
}

interface GmailRefusal {
  /** undefined: there was no response. */
  readonly status: number | undefined;
  readonly message: string;
  /** The account or Google is at fault, not the request. */
  readonly failsPrecondition: boolean;
  /** The response exceeds the transport's size limit. */
  readonly isTooLarge: boolean;
}

function refusalOf(error: unknown): GmailRefusal {
  const answer = failedResponse(error);
  return {
    status: answer?.status,
    message: readGmailError(answer?.data).message,
    failsPrecondition: failsPrecondition(answer?.data),
    isTooLarge: answer === undefined && isOversize(error),
  };
}

/** Gmail does not know the page token. Sometimes it answers 404, as if the whole list did not exist. */
function refusesToken({ status, failsPrecondition }: GmailRefusal): boolean {
  return (status === 400 && !failsPrecondition) || status === 404;
}

function namesLabel({ message }: GmailRefusal): boolean {
  return /^invalid label/i.test(message);
}

/** The label has been deleted, so no message has it any more. */
function isUnknownLabel(refusal: GmailRefusal): boolean {
  return refusal.status === 404 || (refusal.status === 400 && namesLabel(refusal));
}

/** The sync makes valid requests, so a refusal that it does not handle is an error of Google's. */
function withoutRequests<P>(problem: P): P | Problem {
  const callers = ['invalid_request', 'not_found', 'message_too_large'];
  if (!(problem instanceof Problem) || !callers.includes(problem.code)) return problem;
  return new Problem('google_error', { cause: problem });
}

/** @param start the ID of a record without a readable ID, if no record precedes it */
function readRecords(values: readonly unknown[], start: string): readonly HistoryRecord[] {
  let last = start;
  return values.map((value) => {
    const record = v.safeParse(historyRecord, value);
    const read = record.success && !isBare(record.output) ? readRecord(record.output) : readOdd(value, last);
    last = read.historyId;
    return read;
  });
}

/** Whether the record does not say what changed. */
function isBare(record: v.InferOutput<typeof historyRecord>): boolean {
  return namingParts.every((part) => record[part].length === 0);
}

/** Fetch every message that an unusual record names. */
function readOdd(value: unknown, last: string): HistoryRecord {
  const valueIn = (object: unknown, key: string): unknown =>
    typeof object === 'object' && object !== null ? Reflect.get(object, key) : undefined;
  const listIn = (key: string): readonly unknown[] => [valueIn(value, key)].flat();
  const messages = [
    ...listIn('messages'),
    ...namingParts.flatMap((part) => listIn(part).map((change) => valueIn(change, 'message'))),
  ];
  const unclear = messages.map((message) => valueIn(message, 'id')).filter((text) => v.is(id, text));
  const own = v.safeParse(historyId, valueIn(value, 'id'));
  return {
    historyId: own.success ? own.output : last,
    added: [],
    deleted: [],
    labelsAdded: [],
    labelsRemoved: [],
    unclear: [...new Set(unclear)],
  };
}

function readRecord(record: v.InferOutput<typeof historyRecord>): HistoryRecord {
  const changes = (list: typeof record.labelsAdded) =>
    list.map(({ message, labelIds }) => ({ id: message.id, labelIds }));
  return {
    historyId: record.id,
    added: record.messagesAdded.map(({ message }) => message),
    deleted: record.messagesDeleted.map(({ message }) => message.id),
    labelsAdded: changes(record.labelsAdded),
    labelsRemoved: changes(record.labelsRemoved),
  };
}
