import { OAuth2Client } from 'google-auth-library/build/src/auth/oauth2client.js';
import { gmail_v1 } from 'googleapis/build/src/apis/gmail/v1.js';
import * as v from 'valibot';
import { plainSnippet } from '../copied-message.ts';
import { type AccessTokenRefused, Problem } from '../errors.ts';
import type { Mailbox } from '../live/mailbox.ts';
import { gmailProblem } from './gmail-problem.ts';
import { listPage } from './list-page.ts';
import { fetchSummaries } from './message-summaries.ts';
import { createTransport, type neverRetry, retryOnce, type Transport } from './transport.ts';

const messagePage = listPage('messages', {
  // Gmail omits `messages` from an empty result.
  messages: v.optional(v.array(v.object({ id: v.string(), threadId: v.string() })), []),
  nextPageToken: v.optional(v.string()),
  resultSizeEstimate: v.optional(v.number(), 0),
});

const labelPage = listPage('labels', {
  labels: v.optional(
    v.array(v.object({ id: v.string(), name: v.string(), type: v.picklist(['system', 'user']) })),
    [],
  ),
});

const message = v.looseObject({
  id: v.string(),
  threadId: v.string(),
  snippet: v.optional(v.pipe(v.string(), v.transform(plainSnippet))),
});

/** The retry time for a caller if Google names none (seconds). */
const usualWait = 10;

/** Opens Gmail with an access token: the guide's `build_service`. */
export function buildGmailService(
  accessToken: string,
  {
    rootUrl,
    transport,
    retries = retryOnce,
  }: { rootUrl: string; transport: Transport; retries?: typeof retryOnce | typeof neverRetry },
): gmail_v1.Gmail {
  const auth = new OAuth2Client({
    transporter: transport,
    useAuthRequestParameters: false,
    credentials: { access_token: accessToken },
  });
  return new gmail_v1.Gmail({ auth, rootUrl, ...retries });
}

/** Gmail for the live room. */
export function createMailboxOpener({
  rootUrl,
  transport = createTransport(),
  clock = Date.now,
}: {
  rootUrl: string;
  transport?: Transport;
  clock?: () => number;
}): (accessToken: string) => Mailbox {
  async function request<S extends v.GenericSchema<unknown, unknown>>(
    call: Promise<{ data: unknown }>,
    schema: S,
  ): Promise<v.InferOutput<S>> {
    const { data } = await call.catch((error: unknown) => {
      throw withWait(gmailProblem(error, clock()));
    });
    const result = v.safeParse(schema, data);
    if (result.success) return result.output;
    throw new Problem('google_error', { cause: new Error('Gmail’s response has an unknown form.') });
  }

  return (accessToken) => {
    const { messages, labels } = buildGmailService(accessToken, { rootUrl, transport }).users;
    return {
      listMessages: ({ q, labelIds, maxResults, pageToken, includeSpamTrash }) =>
        request(
          messages.list({
            userId: 'me',
            // Only these fields: listPage accepts an empty page only without unknown fields, and Gmail may add some one
            // day.
            fields: 'messages(id,threadId),nextPageToken,resultSizeEstimate',
            ...(q !== undefined && { q }),
            ...(labelIds !== undefined && { labelIds: [...labelIds] }),
            ...(maxResults !== undefined && { maxResults }),
            ...(pageToken !== undefined && { pageToken }),
            ...(includeSpamTrash !== undefined && { includeSpamTrash }),
          }),
          messagePage,
        ),
      getMessage: (id, format) => request(messages.get({ userId: 'me', id, format }), message),
      listLabels: async () => {
        const page = await request(labels.list({ userId: 'me', fields: 'labels(id,name,type)' }), labelPage);
        return page.labels;
      },
      getSummaries: (ids) => fetchSummaries(ids, { accessToken, rootUrl, transport, clock }),
    };
  };
}

/** A caller waits for this answer, so a rate limit always carries a retry time. */
function withWait(problem: Problem | AccessTokenRefused): Problem | AccessTokenRefused {
  const silent = problem instanceof Problem && problem.code === 'rate_limited';
  if (!silent || problem.options.retryAfterSeconds !== undefined) return problem;
  return new Problem('rate_limited', { retryAfterSeconds: usualWait });
}
