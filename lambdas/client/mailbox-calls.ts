import type {
  ChangePage,
  CopiedMessage,
  CopiedMessageList,
  Disconnected,
  LabelList,
  ListedMessage,
  Message,
  MessageList,
  RequestedSync,
} from '../api/answers.ts';
import type { ChangesQuery } from '../api/requests/changes.ts';
import type { CopyQuery } from '../api/requests/copy.ts';
import type { MessageQuery, MessagesQuery } from '../api/requests/mail.ts';
import { type Ask, pathOf } from './connection.ts';
import { everyPage, type FollowOptions, followChanges } from './follow.ts';

/** Live messages, under `/messages` or under `/accounts/{accountId}/messages`. */
export function messageCalls(ask: Ask, path: string) {
  const list = (query: MessagesQuery = {}) => ask<MessageList>('GET', path, { query });
  return {
    /** One page of the live list; with `all: true` as many as fit an answer. */
    list,
    /** Every message of the live list, page after page. */
    async *all(query: Omit<MessagesQuery, 'all'> = {}): AsyncGenerator<ListedMessage, void> {
      const { pageToken: first, ...rest } = query;
      for await (const page of everyPage((pageToken) => list({ ...rest, pageToken }), first)) {
        yield* page.messages;
      }
    },
    /** One message, as Gmail gives it. */
    get: (id: string, query: MessageQuery = {}) =>
      ask<Message>('GET', pathOf(`${path}/{id}`, { id }), { query }),
  };
}

/** The stored copy, under `/mailbox/messages` or under `/accounts/{accountId}/mailbox/messages`. */
export function copyCalls(ask: Ask, path: string) {
  const list = (query: CopyQuery = {}) => ask<CopiedMessageList>('GET', path, { query });
  return {
    /** One page of the stored copy, newest first; it may be short or empty and still have a `nextPageToken`. */
    list,
    /** One message of the stored copy; `not_found` if it is not there. */
    get: (id: string) => ask<CopiedMessage>('GET', pathOf(`${path}/{id}`, { id })),
    /** Up to 100 messages of the stored copy by their IDs, and which of them it does not hold. */
    find: async (ids: readonly string[]) => {
      const messages: CopiedMessage[] = [];
      const missing: string[] = [];
      for await (const page of everyPage((pageToken) => list({ ids: ids.join(','), pageToken }))) {
        messages.push(...page.messages);
        missing.push(...(page.missing ?? []));
      }
      return { messages, missing };
    },
    /** Every message of the stored copy, page after page. */
    async *all(query: CopyQuery = {}): AsyncGenerator<CopiedMessage, void> {
      const { pageToken: first, ...rest } = query;
      for await (const page of everyPage((pageToken) => list({ ...rest, pageToken }), first)) {
        yield* page.messages;
      }
    },
  };
}

/** A change feed, at its path. */
export function changeCalls(ask: Ask, path: string) {
  const list = (query: ChangesQuery = {}, signal?: AbortSignal) =>
    ask<ChangePage>('GET', path, { query, signal });
  return {
    /** The changes after a cursor, oldest first. */
    list: (query: ChangesQuery = {}) => list(query),
    /** The same for ever, page by page: store each page's `cursor` when you are done with it. */
    follow: (options: FollowOptions = {}) => followChanges(list, options),
  };
}

/** What is asked of a whole mailbox, under `/mailbox` or under `/accounts/{accountId}`. */
export function wholeMailboxCalls(ask: Ask, path: string) {
  return {
    /** Every label of the mailbox with its name: from Gmail, or from the copy where Gmail cannot be asked. */
    labels: () => ask<LabelList>('GET', `${path}/labels`),
    /** Asks for a sync now. */
    sync: () => ask<RequestedSync>('POST', `${path}/sync`),
    /** Asks for a comparison of copy and mailbox now. */
    verify: () => ask<RequestedSync>('POST', `${path}/verify`),
    /** Revokes the grant at Google and erases everything here. */
    disconnect: () => ask<Disconnected>('DELETE', path),
  };
}
