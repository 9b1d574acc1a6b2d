import * as v from 'valibot';
import { grantStatuses } from './requests/accounts.ts';

/**
 * The responses of each route, as schemas. The API description and the client's types are derived from them, and the
 * tests check every response against them. The client imports only the types.
 */

const text = (words: string) => v.pipe(v.string(), v.description(words));
const time = (words: string) =>
  v.pipe(v.string(), v.isoTimestamp(), v.description(`${words} ISO 8601, UTC.`));
const address = (words: string) => v.pipe(v.string(), v.url(), v.description(words));
const wholeNumber = (words: string) => v.pipe(v.number(), v.integer(), v.minValue(0), v.description(words));
const texts = (words: string) => v.pipe(v.array(v.string()), v.description(words));
const flag = (words: string) => v.pipe(v.boolean(), v.description(words));
const oneOf = <const Options extends readonly string[]>(options: Options, words: string) =>
  v.pipe(v.picklist(options), v.description(words));

const messageId = text('Gmail’s ID of the message.');
const threadId = text('Gmail’s ID of the conversation.');
const labelIds = texts('Gmail’s IDs of its labels, such as `INBOX` and `UNREAD`.');
const internalDate = v.pipe(
  v.string(),
  v.regex(/^-?\d+$/),
  v.description('When Gmail received it: epoch milliseconds as text, as in Gmail’s API.'),
);
const snippet = text('The beginning of its text, without HTML.');
const nextPageToken = v.optional(text('The `pageToken` of the next page; absent on the last.'));
const scopes = texts('The scopes of the grant, by their long names.');
const connectedAt = time('When the mailbox was connected.');
const grantExpiresAt = v.optional(time('When the grant expires; absent if Google sets no limit.'));
const accountId = text('Google’s ID of the account (`sub`).');
const owner = text('The owner named by the invitation.');
const authorizationUrl = address('Where to send the user’s browser for a new consent: a link of this site.');

/** A problem (RFC 9457). */
export const problem = v.object({
  type: v.literal('about:blank'),
  title: text('What happened, in one line for people.'),
  status: wholeNumber('The HTTP status.'),
  code: text('The stable code of the problem, for programs.'),
  detail: text('What to do next, for people.'),
  requestId: text('Identifies this request in the site’s log.'),
  authorizationUrl: v.optional(authorizationUrl),
});

/** API Gateway's own response, such as to a request without a valid signature. */
export const gatewayMessage = v.object({
  message: v.nullable(v.string()),
  code: v.optional(
    oneOf([''], 'Never present. It is declared so that the error types of generated clients have a `code`.'),
  ),
});

export const account = v.object({
  id: accountId,
  email: text(
    'The last address that Google returned, at a consent or to the sync; empty if it returned none, or if another account has the address now.',
  ),
});

/** `GET /auth/url`. */
export const authorization = v.object({
  authorizationUrl: address(
    'Google’s authorization URL, bound to the login cookie of the requesting browser.',
  ),
  expiresAt: time('When the consent can no longer be completed.'),
});

/** `GET /auth/url?purpose=code`. */
export const codeStart = v.object({
  clientId: text('The client ID for Google’s library.'),
  scopes: texts('The scopes to request.'),
  state: text('To submit with the code.'),
  nonce: text('For the ID token that is submitted with the code.'),
  expiresAt: time('When the code can no longer be submitted.'),
});

/** `POST /auth/session` and `POST /auth/code`. */
export const session = v.object({
  sessionToken: text('Sent as `Authorization: Bearer`. A secret.'),
  expiresAt: time('When the session ends, however much it is used.'),
  account,
});

/** `POST /accounts/code`. */
export const completedCode = v.object({ account });

/** `POST /accounts/connect-links`. */
export const connectLink = v.object({
  url: address('The link to send to the user. A secret: it works once, in one browser.'),
  expiresAt: time('When it expires.'),
});

const headerOf = (name: string) =>
  text(`The header \`${name}\`: at most 2,000 characters; a longer one is cut and ends in \`…\`.`);

/** A message in a list, for people to read. */
export const messageSummary = v.object({
  from: headerOf('From'),
  subject: headerOf('Subject'),
  internalDate,
  labelIds,
  snippet,
});

/** A message of a live list. */
export const listedMessage = v.object({
  id: messageId,
  threadId,
  summary: v.optional(
    v.pipe(
      v.nullable(messageSummary),
      v.description('With `view=summary`; `null` if it is not available now: try again later.'),
    ),
  ),
});

/** `GET /messages`. */
export const messageList = v.object({
  messages: v.array(listedMessage),
  nextPageToken,
  resultSizeEstimate: wholeNumber('Gmail’s estimate of the number of messages, not a count.'),
});

/** A part of a message, as in Gmail's API. */
export interface MessagePart {
  partId?: string | undefined;
  mimeType?: string | undefined;
  filename?: string | undefined;
  headers?: { name: string; value: string }[] | undefined;
  body?: { size: number; data?: string | undefined; attachmentId?: string | undefined } | undefined;
  parts?: MessagePart[] | undefined;
  [more: string]: unknown;
}

export const messagePart: v.GenericSchema<MessagePart> = v.looseObject({
  partId: v.optional(v.string()),
  mimeType: v.optional(v.string()),
  filename: v.optional(v.string()),
  headers: v.optional(v.array(v.object({ name: v.string(), value: v.string() }))),
  body: v.optional(
    v.looseObject({
      size: v.number(),
      data: v.optional(text('base64url.')),
      attachmentId: v.optional(v.string()),
    }),
  ),
  parts: v.optional(v.array(v.lazy(() => messagePart))),
});

/** `GET /messages/{id}`: a message as Gmail returns it, with unknown fields; only its snippet is plain text. */
export const message = v.looseObject({
  id: messageId,
  threadId,
  labelIds: v.optional(labelIds),
  snippet: v.optional(snippet),
  historyId: v.optional(text('Gmail’s ID of its last change.')),
  internalDate: v.optional(internalDate),
  sizeEstimate: v.optional(wholeNumber('Gmail’s estimate in bytes.')),
  payload: v.optional(messagePart),
  raw: v.optional(text('With `format=raw`: the whole message, base64url.')),
});

/** A label of a mailbox. */
export const label = v.object({
  id: text('Gmail’s ID of the label, as in messages.'),
  name: text('The user’s name for it; for Gmail’s own labels a word such as `INBOX`.'),
  type: oneOf(['system', 'user'], '`system`: one of Gmail’s own; `user`: created by the user.'),
});

/** `GET /mailbox/labels`. */
export const labelList = v.object({
  labels: v.array(label),
  source: oneOf(
    ['gmail', 'copy'],
    '`copy`: Gmail cannot be reached, so the names come from the stored copy.',
  ),
});

/** A message of the stored copy. */
export const copiedMessage = v.object({
  id: messageId,
  threadId,
  labelIds,
  internalDate,
  from: headerOf('From'),
  to: headerOf('To'),
  subject: headerOf('Subject'),
  snippet,
  size: wholeNumber('Gmail’s estimate in bytes.'),
});

/** `GET /mailbox/messages`. */
export const copiedMessageList = v.object({
  messages: v.array(copiedMessage),
  missing: v.optional(texts('With `ids`: those that are not in the copy.')),
  nextPageToken,
});

/** The progress of a mailbox's stored copy. */
export const syncStatus = v.object({
  phase: oneOf(
    ['backfill', 'live', 'paused'],
    '`backfill`: the first copy; `live`: complete and kept up to date; `paused`: see `pausedBecause`.',
  ),
  pausedBecause: v.optional(
    text('The code of the problem that paused it; a new consent resolves most of them.'),
  ),
  copied: wholeNumber('Messages in the copy, Spam and Trash included.'),
  about: v.optional(
    wholeNumber('About how many messages there are: Gmail’s first estimate, or `copied` if that is more.'),
  ),
  percent: v.pipe(wholeNumber('The progress of the backfill; 100 only when it has ended.'), v.maxValue(100)),
  rate: v.optional(wholeNumber('Messages a minute, during the backfill.')),
  timeLeft: v.optional(wholeNumber('Seconds left at this rate, during the backfill.')),
  failures: wholeNumber('Messages that could not be copied for reasons of their own, and are retried.'),
  failed: v.optional(
    v.pipe(
      v.array(
        v.object({
          id: messageId,
          reason: text(
            'Why: a short text, or Gmail’s status and reason. It contains nothing of the message.',
          ),
          attempts: wholeNumber('The number of attempts.'),
          nextAttempt: time('When it is retried.'),
        }),
      ),
      v.maxLength(20),
      v.description('The latest failed messages, at most 20; absent if there are none.'),
    ),
  ),
  lastSync: v.optional(time('When a job last finished all its work.')),
  nextSync: v.optional(time('When the next job is due; absent while paused.')),
  waitsFor: v.optional(
    text(
      'Why it waits beyond its schedule: `rate_limited`, `waiting_for_daily_quota`, or the code of a problem for which Google named a time.',
    ),
  ),
  lastError: v.optional(
    v.object({ code: text('What ended the last job early: the code of a problem.'), at: time('When.') }),
  ),
  verify: v.optional(
    v.object({
      running: flag('Whether one is running or requested.'),
      at: v.optional(time('When the last comparison ended.')),
      missing: v.optional(
        texts('Messages that the copy lacked: at most 1,000 IDs. All differences are repaired.'),
      ),
      extra: v.optional(texts('Messages that only the copy contained.')),
      mislabelled: v.optional(texts('Messages whose labels differed.')),
    }),
  ),
});

/** As stored; Google is not asked. */
export const grantStatus = v.picklist(grantStatuses);

/** `GET /mailbox`. */
export const mailboxStatus = v.object({
  account,
  status: grantStatus,
  scopes,
  connectedAt,
  grantExpiresAt,
  sync: v.optional(syncStatus),
  authorizationUrl: v.optional(authorizationUrl),
});

/** `POST /mailbox/sync` and `POST /mailbox/verify`. */
export const requestedSync = v.object({ status: v.literal('requested') });

/** `DELETE /mailbox`. */
export const disconnected = v.object({
  status: v.literal('disconnected'),
  revokedAtGoogle: flag('Whether access ended at Google.'),
  detail: v.optional(text('What the user should know if Google could not be reached.')),
  removeAccessAt: v.optional(address('Where the user removes access at Google.')),
});

const connectedAccountEntries = {
  ...account.entries,
  owner: v.optional(owner),
  status: grantStatus,
  scopes,
  connectedAt,
  grantExpiresAt,
};

/** A connected account, as shown to backends. */
export const connectedAccount = v.object(connectedAccountEntries);

/** `GET /accounts`. */
export const accountList = v.object({ accounts: v.array(connectedAccount), nextPageToken });

/** `GET /accounts/{accountId}`. */
export const accountDetails = v.object({ ...connectedAccountEntries, sync: v.optional(syncStatus) });

/** `POST /accounts/{accountId}/access-token`. */
export const accessToken = v.object({
  accessToken: text('For Gmail’s own API. A secret.'),
  expiresAt: time('When it expires.'),
  scopes,
});

/** A message in a change. */
export const changedMessage = v.object({
  id: messageId,
  threadId: v.optional(threadId),
  labelIds,
  historyId: text('20 digits, so that it compares as text.'),
  copied: v.optional(
    v.pipe(
      v.nullable(copiedMessage),
      v.description(
        'With `view=summary`: its current state in the copy; `null` if it is not there; absent if the response has no room: read it by `ids`.',
      ),
    ),
  ),
});

const changeEntries = {
  accountId,
  generation: text('Identifies the time from one connect to the next disconnect.'),
  sequence: text('20 digits, rising with each change of an account.'),
  at: time('When it was published.'),
  owner: v.optional(owner),
};

/** One change of one mailbox. */
export const change = v.variant('type', [
  v.object({
    ...changeEntries,
    type: v.picklist(['connected', 'renamed', 'caught_up', 'grant_revoked', 'disconnected']),
  }),
  v.object({
    ...changeEntries,
    type: v.literal('grant_expiring'),
    grantExpiresAt: time('When the grant ends unless the user consents again.'),
  }),
  v.object({
    ...changeEntries,
    type: v.literal('paused'),
    reason: text('The code of the problem that paused it.'),
  }),
  v.object({
    ...changeEntries,
    type: v.picklist(['added', 'relabelled']),
    messages: v.array(changedMessage),
  }),
  v.object({ ...changeEntries, type: v.literal('deleted'), messageIds: texts('Deleted from the mailbox.') }),
]);

/** `GET /mailbox/changes`. */
export const changePage = v.object({
  changes: v.array(change),
  cursor: text('The `after` of the next request.'),
  more: flag('Whether more changes are available now.'),
});

export type Problem = v.InferOutput<typeof problem>;
export type GatewayMessage = v.InferOutput<typeof gatewayMessage>;
export type Authorization = v.InferOutput<typeof authorization>;
export type CodeStart = v.InferOutput<typeof codeStart>;
export type Session = v.InferOutput<typeof session>;
export type CompletedCode = v.InferOutput<typeof completedCode>;
export type ConnectLink = v.InferOutput<typeof connectLink>;
export type MessageSummary = v.InferOutput<typeof messageSummary>;
export type ListedMessage = v.InferOutput<typeof listedMessage>;
export type MessageList = v.InferOutput<typeof messageList>;
export type Message = v.InferOutput<typeof message>;
export type Label = v.InferOutput<typeof label>;
export type LabelList = v.InferOutput<typeof labelList>;
export type CopiedMessage = v.InferOutput<typeof copiedMessage>;
export type CopiedMessageList = v.InferOutput<typeof copiedMessageList>;
export type SyncStatus = v.InferOutput<typeof syncStatus>;
export type MailboxStatus = v.InferOutput<typeof mailboxStatus>;
export type RequestedSync = v.InferOutput<typeof requestedSync>;
export type Disconnected = v.InferOutput<typeof disconnected>;
export type ConnectedAccount = v.InferOutput<typeof connectedAccount>;
export type AccountList = v.InferOutput<typeof accountList>;
export type AccountDetails = v.InferOutput<typeof accountDetails>;
export type AccessToken = v.InferOutput<typeof accessToken>;
export type Change = v.InferOutput<typeof change>;
export type ChangePage = v.InferOutput<typeof changePage>;
