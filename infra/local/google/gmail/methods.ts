import type { Account } from '../accounts.ts';
import type { GoogleLog } from '../parts.ts';
import type { GmailMethod } from '../quota.ts';
import { GmailError, invalidArgument, notFound } from './errors.ts';
import { listHistory } from './history.ts';
import { isLabel, labels } from './labels.ts';
import type { Mailbox } from './mailbox.ts';
import type { Message } from './message.ts';
import { snippetOf } from './message.ts';
import { type Format, findAttachment, formatMessage } from './message-format.ts';
import { pageSize, readPageToken, writePageToken } from './paging.ts';
import { parseQuery } from './query.ts';

/** The input of a method. */
export interface Call {
  readonly account: Account;
  readonly mailbox: Mailbox;
  readonly parameters: URLSearchParams;
  /** The IDs in the path. */
  readonly ids: readonly string[];
  /** The token allows headers and labels only, never a body. */
  readonly metadataOnly: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly emptyPage: boolean;
  readonly log: GoogleLog;
}

/** Each method by its name: its path below `/gmail/v1/users/{userId}`, and its response. */
export const methods: Readonly<Record<GmailMethod, { readonly path: RegExp; run(call: Call): unknown }>> = {
  getProfile: { path: /^\/profile$/, run: getProfile },
  'messages.list': { path: /^\/messages$/, run: listMessages },
  'messages.get': { path: /^\/messages\/([^/]+)$/, run: getMessage },
  'attachments.get': { path: /^\/messages\/([^/]+)\/attachments\/([^/]+)$/, run: getAttachment },
  'threads.list': { path: /^\/threads$/, run: listThreads },
  'threads.get': { path: /^\/threads\/([^/]+)$/, run: getThread },
  'labels.list': { path: /^\/labels$/, run: () => ({ labels }) },
  'labels.get': { path: /^\/labels\/([^/]+)$/, run: getLabel },
  'history.list': {
    path: /^\/history$/,
    run: ({ mailbox, parameters, emptyPage }) => listHistory(mailbox, parameters, emptyPage),
  },
};

function getProfile({ account, mailbox }: Call) {
  const messages = mailbox.newestFirst();
  return {
    emailAddress: account.email,
    messagesTotal: messages.length,
    threadsTotal: threadCount(messages),
    historyId: mailbox.historyId,
  };
}

function listMessages(call: Call) {
  const { page, nextPageToken, resultSizeEstimate } = listing(call, 'messages', call.mailbox.newestFirst());
  const messages = page.map(({ id, threadId }) => ({ id, threadId }));
  return {
    ...(messages.length > 0 ? { messages } : {}),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
    resultSizeEstimate,
  };
}

function listThreads(call: Call) {
  const seen = new Set<string>();
  const { page, nextPageToken, resultSizeEstimate } = listing(
    call,
    'threads',
    call.mailbox.newestFirst(),
    ({ threadId }) => !seen.has(threadId) && seen.add(threadId) !== undefined,
  );
  const threads = page.map((message) => ({
    id: message.threadId,
    snippet: snippetOf(message),
    historyId: newestHistoryId(call.mailbox.thread(message.threadId)),
  }));
  return {
    ...(threads.length > 0 ? { threads } : {}),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
    resultSizeEstimate,
  };
}

/** One page of the requested messages. A page token names the last message, so it survives changes. */
function listing(
  call: Call,
  kind: string,
  messages: readonly Message[],
  alsoWanted: (message: Message) => boolean = () => true,
) {
  const { parameters, account } = call;
  const query = parameters.get('q') ?? '';
  if (query !== '' && call.metadataOnly) {
    throw new GmailError(403, 'forbidden', "Metadata scope does not support 'q' parameter");
  }
  const labelIds = parameters.getAll('labelIds').flatMap((list) => list.split(','));
  const unknown = labelIds.find((label) => !isLabel(label));
  if (unknown !== undefined) throw invalidArgument(`Invalid label: ${unknown}`);
  const includeSpamTrash = parameters.get('includeSpamTrash') === 'true';
  const size = pageSize(parameters);
  const identity = [kind, account.sub, query, labelIds, includeSpamTrash];
  const after = readPageToken(parameters, identity);
  const searcher = { email: account.email, now: call.now };
  const { matches, reachesSpamAndTrash, unknownOperators } = parseQuery(query, searcher);
  for (const operator of unknownOperators) call.log({ event: 'unknown_search_operator', operator });
  const everywhere = includeSpamTrash || reachesSpamAndTrash;
  const wanted = messages.filter(
    (message) =>
      labelIds.every((label) => message.labelIds.includes(label)) &&
      (everywhere || !hidden(message, labelIds)) &&
      matches(message) &&
      alsoWanted(message),
  );
  const rest = after === undefined ? wanted : wanted.filter((message) => position(message) < after);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return {
    page,
    nextPageToken:
      last !== undefined && rest.length > size ? writePageToken(identity, position(last)) : undefined,
    // An estimate, as at Google: never a count.
    resultSizeEstimate: Math.ceil(wanted.length * 1.1),
  };
}

/** Text that sorts like the list. */
function position({ internalDate, id }: Message): string {
  return `${String(internalDate).padStart(15, '0')} ${id}`;
}

/** Whether the message is excluded as Spam or Trash, because they are not requested. */
function hidden({ labelIds }: Message, asked: readonly string[]): boolean {
  return ['SPAM', 'TRASH'].some((label) => labelIds.includes(label) && !asked.includes(label));
}

async function getMessage(call: Call) {
  const [id = ''] = call.ids;
  const message = call.mailbox.get(id);
  const format = formatOf(call);
  if (message === undefined) throw missing(id);
  return formatMessage(message, format, call.parameters.getAll('metadataHeaders'));
}

async function getThread(call: Call) {
  const [id = ''] = call.ids;
  const messages = call.mailbox.thread(id);
  const format = formatOf(call);
  if (messages.length === 0) throw missing(id);
  const headers = call.parameters.getAll('metadataHeaders');
  return {
    id,
    historyId: newestHistoryId(messages),
    messages: await Promise.all(messages.map((message) => formatMessage(message, format, headers))),
  };
}

async function getAttachment({ mailbox, ids: [id = '', attachmentId = ''], metadataOnly }: Call) {
  if (metadataOnly) throw new GmailError(403, 'forbidden', 'Metadata scope does not allow attachments');
  const message = mailbox.get(id);
  if (message === undefined) throw missing(id);
  const bytes = await findAttachment(message, attachmentId);
  if (bytes === undefined) throw invalidArgument('Invalid attachment token');
  return { size: bytes.length, data: bytes.toString('base64url') };
}

function getLabel({ mailbox, ids: [id] }: Call) {
  const label = labels.find((candidate) => candidate.id === id);
  if (label === undefined) throw notFound();
  const messages = mailbox.newestFirst().filter(({ labelIds }) => labelIds.includes(label.id));
  const unread = messages.filter(({ labelIds }) => labelIds.includes('UNREAD'));
  return {
    ...label,
    messagesTotal: messages.length,
    messagesUnread: unread.length,
    threadsTotal: threadCount(messages),
    threadsUnread: threadCount(unread),
  };
}

function formatOf({ parameters, metadataOnly }: Call): Format {
  const text = (parameters.get('format') ?? 'full').toLowerCase();
  const format = (['full', 'metadata', 'minimal', 'raw'] as const).find((known) => known === text);
  if (format === undefined) throw invalidArgument(`Invalid value for format: ${text}`);
  if (metadataOnly && (format === 'full' || format === 'raw')) {
    throw new GmailError(403, 'forbidden', `Metadata scope doesn't allow format ${format.toUpperCase()}`);
  }
  return format;
}

/** Google distinguishes a well-formed unknown ID from a malformed one. */
function missing(id: string): GmailError {
  return /^[0-9a-f]{1,16}$/.test(id) ? notFound() : invalidArgument('Invalid id value');
}

function threadCount(messages: readonly Message[]): number {
  return new Set(messages.map(({ threadId }) => threadId)).size;
}

function newestHistoryId(messages: readonly Message[]): string {
  return messages
    .map(({ historyId }) => historyId)
    .reduce((one, other) => (BigInt(one) > BigInt(other) ? one : other), '0');
}
