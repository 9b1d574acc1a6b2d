import type { Label } from '../../../lambdas/api/answers.ts';
import type {
  ListQuery,
  Mailbox,
  MessageFormat,
  MessagePage,
  Summary,
  SummaryBatch,
} from '../../../lambdas/live/mailbox.ts';

/** Gmail as the live room knows it: answers as told and keeps what it was asked. */
export interface ScriptedMailbox {
  list: (query: ListQuery, accessToken: string) => Promise<MessagePage>;
  get: (id: string, format: MessageFormat, accessToken: string) => Promise<{ id: string; threadId: string }>;
  labels: (accessToken: string) => Promise<readonly Label[]>;
  summarise: (ids: readonly string[], accessToken: string) => Promise<SummaryBatch>;
  readonly open: (accessToken: string) => Mailbox;
  readonly lists: readonly ListQuery[];
  readonly gets: readonly (readonly [id: string, format: MessageFormat])[];
  /** The IDs of each batch of summaries. */
  readonly batches: readonly (readonly string[])[];
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

/** The summary of a message, which names where it came from. */
export function summaryOf(id: string, from = 'Gmail'): Summary {
  return {
    from,
    subject: `Subject of ${id}`,
    internalDate: 1_793_491_200_000,
    labelIds: ['INBOX'],
    snippet: `Snippet of ${id}`,
  };
}

/** A batch that brought everything. */
export async function allOf(ids: readonly string[]): Promise<SummaryBatch> {
  return { summaries: new Map(ids.map((id) => [id, summaryOf(id)])), hindered: false };
}

/** A mailbox with one page of two messages, until it is told otherwise. */
export function scriptedMailbox(): ScriptedMailbox {
  const lists: ListQuery[] = [];
  const gets: [string, MessageFormat][] = [];
  const batches: (readonly string[])[] = [];
  const tokens: string[] = [];
  const mailbox: ScriptedMailbox = {
    list: pagesOf(messagesOf(1, 2)),
    get: async (id) => ({ id, threadId: 't1' }),
    labels: async () => [{ id: 'Label_1', name: 'Receipts', type: 'user' }],
    summarise: allOf,
    lists,
    gets,
    batches,
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
      listLabels: () => {
        tokens.push(accessToken);
        return mailbox.labels(accessToken);
      },
      getSummaries: (ids) => {
        tokens.push(accessToken);
        batches.push(ids);
        return mailbox.summarise(ids, accessToken);
      },
    }),
  };
  return mailbox;
}
