import type { ListQuery, Mailbox, MessageFormat, MessagePage } from '../../../lambdas/live/mailbox.ts';

/** Gmail as the live room knows it: answers as told and keeps what it was asked. */
export interface ScriptedMailbox {
  list: (query: ListQuery, accessToken: string) => Promise<MessagePage>;
  get: (id: string, format: MessageFormat, accessToken: string) => Promise<{ id: string; threadId: string }>;
  readonly open: (accessToken: string) => Mailbox;
  readonly lists: readonly ListQuery[];
  readonly gets: readonly (readonly [id: string, format: MessageFormat])[];
  /** The access token of each call. */
  readonly tokens: readonly string[];
}

/** Messages of these numbers. */
export function messagesOf(...numbers: readonly number[]): MessagePage['messages'] {
  return numbers.map((number) => ({ id: `m${number}`, threadId: `t${number}` }));
}

/** Pages that follow one another by the tokens `page-2`, `page-3` and so on. */
export function pagesOf(...pages: readonly MessagePage['messages'][]): ScriptedMailbox['list'] {
  return async ({ pageToken = 'page-1' }) => {
    const number = Number(pageToken.slice('page-'.length));
    return {
      messages: pages[number - 1] ?? [],
      resultSizeEstimate: 201,
      ...(number < pages.length && { nextPageToken: `page-${number + 1}` }),
    };
  };
}

/** A mailbox with one page of two messages, until it is told otherwise. */
export function scriptedMailbox(): ScriptedMailbox {
  const lists: ListQuery[] = [];
  const gets: [string, MessageFormat][] = [];
  const tokens: string[] = [];
  const mailbox: ScriptedMailbox = {
    list: pagesOf(messagesOf(1, 2)),
    get: async (id) => ({ id, threadId: 't1' }),
    lists,
    gets,
    tokens,
    open: (accessToken) => ({
      listMessages: (query) => {
        tokens.push(accessToken);
        lists.push(query);
        return mailbox.list(query, accessToken);
      },
      getMessage: (id, format) => {
        tokens.push(accessToken);
        gets.push([id, format]);
        return mailbox.get(id, format, accessToken);
      },
    }),
  };
  return mailbox;
}
