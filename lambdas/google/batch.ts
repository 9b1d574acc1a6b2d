import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { Problem } from '../errors.ts';
import type { FetchAnswer, FetchRequest } from '../sync/job/sync-gmail.ts';
import { gmailProblem, problemOfResponse, readGmailError } from './gmail-problem.ts';
import { type ResponsePart, readParts } from './multipart.ts';
import { copiedHeaders, messageFields, readMessage } from './read-message.ts';
import type { Transport } from './transport.ts';

/** The connection of a batch to Gmail. */
export interface BatchOptions {
  readonly accessToken: string;
  readonly rootUrl: string;
  readonly transport: Transport;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

const json = v.pipe(v.string(), v.parseJson());

const thread = v.object({ id: v.string(), messages: v.optional(v.array(v.unknown()), []) });

/**
 * Fetches at most 100 messages and threads in one call (Google, “Gmail API: batching requests”). Each request has its
 * own answer, in the order of the requests. A part without a readable answer is `again`.
 *
 * @throws AccessTokenRefused or Problem, as a single call does, if Gmail refuses the batch or a part for a reason other
 *   than the message itself. After a lost connection or a 5xx of the whole batch, every part is `again`, or `limited`
 *   if Google sent a retry time.
 */
export async function fetchBatch(
  requests: readonly FetchRequest[],
  options: BatchOptions,
): Promise<readonly FetchAnswer[]> {
  if (requests.length === 0) return [];
  const { length } = requests;
  const answer = await send(requests, options).catch((error) => judgeWhole(error, length, options.clock()));
  if ('kind' in answer) return requests.map(() => answer);
  const now = options.clock();
  return requests.map((request, index) => {
    const part = answer.find(({ contentId }) => contentId.replace(/^response-/, '') === contentIdOf(index));
    return part === undefined ? { kind: 'again' } : judge(request, part, now);
  });
}

async function send(
  requests: readonly FetchRequest[],
  { accessToken, rootUrl, transport }: BatchOptions,
): Promise<readonly ResponsePart[]> {
  const boundary = `batch_${randomUUID()}`;
  const { headers, data } = await transport.request<unknown>({
    url: new URL('batch/gmail/v1', rootUrl),
    method: 'POST',
    headers: {
      authorization: `Bearer ${accessToken}`,
      'content-type': `multipart/mixed; boundary=${boundary}`,
      // Google compresses only if the user agent contains “gzip”.
      'user-agent': 'gmail-offline-access (gzip)',
    },
    data: writeBatch(requests, boundary),
    // Errors have a JSON body; a body of another type stays text.
    responseType: 'json',
  });
  return readParts(headers.get('content-type') ?? '', typeof data === 'string' ? data : '');
}

function writeBatch(requests: readonly FetchRequest[], boundary: string): string {
  const parts = requests.map((request, index) =>
    [
      `--${boundary}`,
      'Content-Type: application/http',
      `Content-ID: <${contentIdOf(index)}>`,
      '',
      `GET ${targetOf(request)}`,
      '',
      '',
    ].join('\r\n'),
  );
  return `${parts.join('')}--${boundary}--\r\n`;
}

function contentIdOf(index: number): string {
  return `item-${index}`;
}

function targetOf({ kind, id }: FetchRequest): string {
  const query = new URLSearchParams({
    format: 'metadata',
    fields: kind === 'message' ? messageFields : `id,messages(${messageFields})`,
  });
  for (const name of copiedHeaders) query.append('metadataHeaders', name);
  return `/gmail/v1/users/me/${kind}s/${encodeURIComponent(id)}?${query}`;
}

/** Maps the failure of the whole call to an answer for each part. */
function judgeWhole(error: unknown, parts: number, now: number): FetchAnswer {
  const problem = gmailProblem(error, now);
  if (!(problem instanceof Problem)) throw problem;
  // A smaller batch may finish in time.
  if (problem.code === 'google_timeout') return { kind: 'again' };
  if (problem.code === 'google_unavailable') return againOrLater(problem);
  // A smaller batch may fit.
  if (problem.code === 'message_too_large')
    return parts > 1 ? { kind: 'again' } : { kind: 'refused', reason: 'answer too large' };
  if (problem.code === 'not_found' || problem.code === 'invalid_request') {
    throw new Problem('google_error', { cause: new Error('Gmail refused a batch.') });
  }
  throw problem;
}

function judge(request: FetchRequest, part: ResponsePart, now: number): FetchAnswer {
  const body = v.safeParse(json, part.body);
  const data = body.success ? body.output : undefined;
  if (part.status === 200) return body.success ? read(request, data) : { kind: 'again' };
  if (part.status < 400) return { kind: 'again' };
  const problem = problemOfResponse({ ...part, data }, now);
  if (!(problem instanceof Problem)) throw problem;
  switch (problem.code) {
    case 'not_found':
      return { kind: 'gone' };
    case 'google_unavailable':
      return againOrLater(problem);
    case 'rate_limited':
      return limitedBy(problem);
    case 'domain_policy':
    case 'gmail_not_enabled':
    case 'insufficient_scope':
    case 'misconfigured':
      throw problem;
    default:
      return { kind: 'refused', reason: refusalOf(part.status, data) };
  }
}

function limitedBy({ options: { retryAfterSeconds, projectQuota } }: Problem): FetchAnswer {
  return { kind: 'limited', retryAfterSeconds, ...(projectQuota !== undefined && { projectQuota }) };
}

/** Retry at once, unless Google sent a retry time. */
function againOrLater({ options: { retryAfterSeconds } }: Problem): FetchAnswer {
  return retryAfterSeconds === undefined ? { kind: 'again' } : { kind: 'limited', retryAfterSeconds };
}

/** The status and Google's reason code; never its message, which may quote the request. */
function refusalOf(status: number, data: unknown): string {
  const word = readGmailError(data).reasons.find((reason) => /^\w{1,60}$/.test(reason));
  return word === undefined ? String(status) : `${status} ${word}`;
}

function read(request: FetchRequest, data: unknown): FetchAnswer {
  return request.kind === 'message' ? readOne(request.id, data) : readThread(request.id, data);
}

function readOne(id: string, data: unknown): FetchAnswer {
  const message = readMessage(data);
  // The answer belongs to another message.
  if (message.id !== undefined && message.id !== id) return { kind: 'again' };
  return 'reason' in message
    ? { kind: 'found', messages: [], unreadable: [{ id, reason: message.reason }] }
    : { kind: 'found', messages: [message], unreadable: [] };
}

function readThread(id: string, data: unknown): FetchAnswer {
  const result = v.safeParse(thread, data);
  if (!result.success) return { kind: 'refused', reason: 'unreadable thread' };
  if (result.output.id !== id) return { kind: 'again' };
  const messages = [];
  const unreadable = [];
  for (const value of result.output.messages) {
    const message = readMessage(value);
    if (!('reason' in message)) messages.push(message);
    // The message cannot be identified within the thread, so its messages must be fetched one by one.
    else if (message.id === undefined) return { kind: 'refused', reason: 'unreadable thread' };
    else unreadable.push({ id: message.id, reason: message.reason });
  }
  return { kind: 'found', messages, unreadable };
}
