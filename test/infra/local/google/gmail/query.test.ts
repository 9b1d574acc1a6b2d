import { expect, test } from 'vitest';
import type { Message } from '../../../../../infra/local/google/gmail/message.ts';
import { parseQuery } from '../../../../../infra/local/google/gmail/query.ts';

const now = Date.UTC(2026, 10, 20);
const day = 24 * 60 * 60 * 1000;

const message: Message = {
  id: '1a2b3c4d5e6f7081',
  threadId: '1a2b3c4d5e6f7081',
  historyId: '7',
  internalDate: Date.UTC(2026, 10, 10, 12),
  labelIds: ['INBOX', 'UNREAD', 'Label_3', 'CATEGORY_UPDATES'],
  content: {
    from: 'Zoë Lefèvre <zoe@example.fr>',
    to: 'Ada Lovelace <ada@example.com>',
    subject: 'Réunion: the quarterly numbers',
    text: 'Please start with the budget.\r\nThanks',
    attachments: [{ filename: 'Numbers-2026.xlsx', mimeType: 'application/vnd.ms-excel', sizeBytes: 20_000 }],
  },
};

const matches = (query: string) => parseQuery(query, now).matches(message);

test.each([
  '',
  'budget',
  'BUDGET thanks',
  'reunion',
  '"quarterly numbers"',
  'from:zoe',
  'from:zoe@example.fr',
  'from:"Zoë Lefèvre"',
  'to:ada subject:numbers',
  'subject:(quarterly numbers)',
  'subject:"the quarterly"',
  'from:(nobody OR zoe)',
  'label:work-projects',
  'label:"Work/Projects"',
  'label:inbox',
  'is:unread',
  'in:inbox',
  'in:anywhere',
  'category:updates',
  'has:attachment',
  'filename:xlsx',
  'filename:numbers-2026.xlsx',
  'after:2026/11/10 before:2026/11/11',
  `after:${Date.UTC(2026, 10, 10) / 1000}`,
  'newer_than:11d',
  'older_than:9d',
  'newer_than:1m',
  'larger:10K smaller:1M',
  'larger:20000',
  'rfc822msgid:1a2b3c4d5e6f7081@mail.local-google.example',
  'rfc822msgid:<1a2b3c4d5e6f7081@mail.local-google.example>',
  'nonsense OR budget',
  'nonsense OR zoe budget',
  '{nonsense budget}',
  '{from:nobody from:zoe}',
  '-nonsense',
  '-(nonsense OR rubbish) budget',
  'budget AND thanks',
  '(budget',
])('%s finds the message', (query) => {
  expect(matches(query)).toBe(true);
});

test.each([
  'nonsense',
  'budg',
  'art',
  '"numbers quarterly"',
  'from:ada',
  'to:zoe',
  'subject:budget',
  'subject:(quarterly budget)',
  'label:receipts',
  'label:nowhere',
  'is:read',
  'is:starred',
  'is:important',
  'in:sent',
  'in:spam',
  'in:drafts',
  'filename:pdf',
  'after:2026/11/11',
  'before:2026/11/10',
  'newer_than:9d',
  'older_than:1y',
  'larger:1M',
  'smaller:10K',
  'rfc822msgid:other@mail.local-google.example',
  'budget nonsense',
  'budget OR thanks nonsense',
  '-budget',
  '-{budget nonsense}',
  '{nonsense rubbish}',
])('%s does not', (query) => {
  expect(matches(query)).toBe(false);
});

test('an unknown operator is a word like any other', () => {
  const spoken = { ...message, content: { ...message.content, text: 'we met at colour:blue today' } };
  const { matches: finds } = parseQuery('colour:blue', now);
  expect([finds(spoken), finds(message)]).toEqual([true, false]);
});

test('only a query that names Spam or Trash reaches there', () => {
  const reaches = (query: string) => parseQuery(query, now).reachesSpamAndTrash;
  expect(['in:spam', 'in:trash', 'in:anywhere', 'label:trash'].map(reaches)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['', 'in:inbox', 'spam', '"in:spam"'].map(reaches)).toEqual([false, false, false, false]);
});

test('a relative date moves with the clock', () => {
  expect(parseQuery('newer_than:11d', now + 5 * day).matches(message)).toBe(false);
});
