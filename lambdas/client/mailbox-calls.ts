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
import { type Call, pathOf } from './connection.ts';
import { everyPage, type FollowOptions, followChanges } from './follow.ts';

/** Live messages, under `/messages` or under `/accounts/{accountId}/messages`. */
export function messageCalls(call: Call, path: string) {
  const list = (query: MessagesQuery = {}) => call<MessageList>('GET', path, { query });
  return {
    /** One page of the live list; with `all: true` as many as fit a response. */
    list,
    /** Every message of the live list, page by page. */
    async *all(query: Omit<MessagesQuery, 'all'> = {}): AsyncGenerator<ListedMessage, void> {
      for await (const page of everyPage(list, query)) yield* page.messages;
    },
    /** One message, as Gmail returns it. */
    get: (id: string, query: MessageQuery = {}) =>
      call<Message>('GET', pathOf(`${path}/{id}`, { id }), { query }),
  };
}

/** The stored copy, under `/mailbox/messages` or under `/accounts/{accountId}/mailbox/messages`. */
export function copyCalls(call: Call, path: string) {
  const list = (query: CopyQuery = {}) => call<CopiedMessageList>('GET', path, { query });
  return {
    /** One page of the stored copy, newest first; even an empty page may have a `nextPageToken`. */
    list,
    /** One message of the stored copy; `not_found` if the copy lacks it. */
    get: (id: string) => call<CopiedMessage>('GET', pathOf(`${path}/{id}`, { id })),
    /** Up to 100 messages of the stored copy by ID, and the IDs that it lacks. */
    find: async (ids: readonly string[]) => {
      const messages: CopiedMessage[] = [];
      const missing: string[] = [];
      for await (const page of everyPage(list, { ids: ids.join(',') })) {
        messages.push(...page.messages);
        missing.push(...(page.missing ?? []));
      }
      return { messages, missing };
    },
    /** Every message of the stored copy, page by page. */
    async *all(query: CopyQuery = {}): AsyncGenerator<CopiedMessage, void> {
      for await (const page of everyPage(list, query)) yield* page.messages;
    },
  };
}

/** A change feed, at its path. */
export function changeCalls(call: Call, path: string) {
  const list = (query: ChangesQuery = {}, signal?: AbortSignal) =>
    call<ChangePage>('GET', path, { query, signal });
  return {
    /** The changes after a cursor, oldest first. */
    list: (query: ChangesQuery = {}) => list(query),
    /** The same without end, page by page: store each page's `cursor` when you have processed it. */
    follow: (options: FollowOptions = {}) => followChanges(list, options),
  };
}

/** Calls about a whole mailbox, under `/mailbox` or under `/accounts/{accountId}`. */
export function wholeMailboxCalls(call: Call, path: string) {
  return {
    /** Every label of the mailbox with its name: from Gmail, or from the copy if Gmail cannot be reached. */
    labels: () => call<LabelList>('GET', `${path}/labels`),
    /** Requests a sync now. */
    sync: () => call<RequestedSync>('POST', `${path}/sync`),
    /** Requests a comparison of copy and mailbox now. */
    verify: () => call<RequestedSync>('POST', `${path}/verify`),
    /** Revokes the grant at Google and erases everything here. */
    disconnect: () => call<Disconnected>('DELETE', path),
  };
}
