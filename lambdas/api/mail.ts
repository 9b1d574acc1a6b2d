import { labelList, message, messageList } from './answers.ts';
import { json, query, route } from './contract.ts';
import { gmailProblems } from './problem-sets.ts';
import { getMessageQuery, listMessagesQuery } from './requests/mail.ts';
import { messageId, pageToken, summary, threadId } from './samples.ts';

const list = route({
  keys: {
    'GET /messages': { id: 'listMessages', summary: 'List messages' },
    'GET /accounts/{accountId}/messages': {
      id: 'listMessagesOfAccount',
      summary: 'List messages of an account',
    },
  },
  description: 'Live from Gmail.',
  rules:
    'A `null` summary is no error: the message is deleted or not copied yet, or quota, time or room ran out. With `view=summary`, summaries come from the stored copy; of the other messages, the first 10 of a page are read from Gmail, or all if nothing is copied.',
  query: query(listMessagesQuery, {
    q: {
      words: 'A query as in Gmail’s search box; the scope `gmail.metadata` does not allow it.',
      example: 'is:unread',
    },
    labelIds: {
      words: 'Only messages with this label; if repeated, with all of them.',
      example: ['INBOX', 'UNREAD'],
    },
    maxResults: { words: 'The page size; default 100, with `all` 500.', example: 25 },
    pageToken: 'The `nextPageToken` of the previous response.',
    includeSpamTrash: 'Includes Spam and Trash.',
    all: 'Follows the pages. It stops after 40 pages, at 5.5 MB, or when time or quota runs out, with a `nextPageToken`. Not with `view=summary`.',
    view: '`summary` adds sender, subject, date, labels and snippet.',
  }),
  answers: [
    json(
      200,
      'A page of the list.',
      messageList,
      {
        messages: [
          { id: messageId, threadId },
          { id: '1a0a5288c7b000f6', threadId: '1a0a5288c7b000f6' },
        ],
        nextPageToken: pageToken,
        resultSizeEstimate: 29,
      },
      {
        'with view=summary': {
          messages: [
            { id: messageId, threadId, summary },
            { id: '1a0a5288c7b000f6', threadId: '1a0a5288c7b000f6', summary: null },
          ],
          resultSizeEstimate: 2,
        },
        'nothing found': { messages: [], resultSizeEstimate: 0 },
      },
    ),
  ],
  problems: [...gmailProblems, 'login_required', 'message_too_large'],
});

const get = route({
  keys: {
    'GET /messages/{id}': { id: 'getMessage', summary: 'One message' },
    'GET /accounts/{accountId}/messages/{id}': {
      id: 'getMessageOfAccount',
      summary: 'One message of an account',
    },
  },
  description: 'Live from Gmail, as Gmail returns it. Over 5.5 MB it is `message_too_large`.',
  query: query(getMessageQuery, {
    format: { words: 'How much of the message.', example: 'metadata' },
  }),
  answers: [
    json(200, 'The message, as Gmail returns it.', message, {
      id: messageId,
      threadId,
      labelIds: ['INBOX', 'CATEGORY_PERSONAL'],
      snippet: 'Hello, I have attached the latest version.',
      sizeEstimate: 1153,
      historyId: '9999999999999897',
      internalDate: '1795359944630',
    }),
  ],
  problems: [...gmailProblems, 'login_required', 'message_too_large'],
});

const labels = route({
  keys: {
    'GET /mailbox/labels': { id: 'listLabels', summary: 'The names of labels' },
    'GET /accounts/{accountId}/labels': {
      id: 'listLabelsOfAccount',
      summary: 'The names of an account’s labels',
    },
  },
  description:
    'Live from Gmail, for one quota unit. If Gmail cannot be reached, from the stored copy, at most a day old.',
  rules: 'The name of a nested label contains both names, separated by a slash.',
  answers: [
    json(200, 'Every label of the mailbox, in no particular order.', labelList, {
      labels: [
        { id: 'INBOX', name: 'INBOX', type: 'system' },
        { id: 'Label_1', name: 'Receipts', type: 'user' },
      ],
      source: 'gmail',
    }),
  ],
  problems: [...gmailProblems, 'login_required', 'message_too_large'],
});

/** The routes that call Gmail. */
export const mail = [list, get, labels] as const;
