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
    cc: 'Grace Hopper <grace@example.com>',
    bcc: 'Linus <linus@example.org>',
    subject: 'Réunion: the quarterly numbers',
    text: 'Please start with the budget.\r\nThanks',
    html: '<a href="https://docs.google.com/spreadsheets/d/1">Numbers</a>',
    headers: [
      ['List-ID', 'Figures <figures.example.com>'],
      ['Delivered-To', 'ada+work@example.com'],
    ],
    attachments: [{ filename: 'Numbers-2026.xlsx', mimeType: 'application/vnd.ms-excel', sizeBytes: 20_000 }],
  },
};

const searcher = { email: 'ada@example.com', now };
const matches = (query: string) => parseQuery(query, searcher).matches(message);

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
  'budget)',
  'to:me',
  'to:grace',
  'to:linus@example.org',
  'cc:grace',
  'bcc:linus',
  'cc:(grace OR ada)',
  'deliveredto:ada+work@example.com',
  'list:figures.example.com',
  'from:(-me)',
  '-from:me',
  'is:read OR is:unread',
  'in:work-projects',
  'has:userlabels',
  'has:drive',
  'has:spreadsheet',
  'newer:2026/11/10 older:2026/11/11',
  'after:11/09/2026 before:2026-11-12',
  'after:86400 before:99999999999',
  'size:10000',
  'size:10K',
  'smaller:1G',
  'SUBJECT:numbers From:ZOE',
  '+budget',
  'subject:+numbers',
  'start AROUND 2 budget',
  'budget AROUND 2 start',
  '"start AROUND 2 budget"',
  'AROUND OR budget',
  '{(nonsense budget) (thanks budget)}',
  'subject:{nonsense numbers}',
  'subject:"quarterly" -subject:"yearly"',
  'lefevre',
  'numbers-2026.xlsx',
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
  'from:me',
  'cc:me',
  'bcc:grace',
  'deliveredto:grace',
  'list:other.example.com',
  'is:draft',
  'is:sent',
  'is:snoozed',
  'in:archive',
  'in:receipts',
  'has:nouserlabels',
  'has:document',
  'has:presentation',
  'has:youtube',
  'has:yellow-star',
  'has:red-bang',
  'category:primary',
  'category:purchases',
  'newer:2026/11/11',
  'older:2026/11/10',
  'size:1M',
  '+budge',
  'please AROUND 2 budget',
  '"budget AROUND 2 start"',
  'please AROUND 9 reunion',
  'budget -(thanks)',
  '-{nonsense thanks}',
  'numbers-2026.pdf',
])('%s does not', (query) => {
  expect(matches(query)).toBe(false);
});

test.each([
  ['ประชุมทีมวันจันทร์หน้านะครับ', 'ทีม'],
  ['ประชุมทีมวันจันทร์หน้านะครับ', 'วันจันทร์'],
  ['見積もりの件、ありがとうございます', '見積もり'],
  ['我们明天在北京开会', '北京'],
  ['Meet me in กรุงเทพ tomorrow', 'กรุงเทพ tomorrow'],
  ['שָׁלוֹם לכולם', 'שלום'],
  ['مُحَمَّد هنا', 'محمد'],
  ['Grüße aus São Paulo', 'AUS sao'],
  ['Grüße', 'GRUßE'],
  ['ＦＵＬＬ width', 'full'],
])('in “%s”, %s is found', (text, query) => {
  const spoken = { ...message, content: { ...message.content, text } };
  const finds = (words: string) => parseQuery(words, searcher).matches(spoken);
  expect([finds(query), finds(`"${query}"`), finds(`-(${query})`)]).toEqual([true, true, false]);
});

test('a word of two scripts’ neighbours is not found inside another word', () => {
  const spoken = { ...message, content: { ...message.content, text: 'ไม่มีครับ' } };
  expect(parseQuery('ไม', searcher).matches(spoken)).toBe(false);
});

test('an unknown operator, or one with an unknown value, is text like any other, and is named', () => {
  const spoken = { ...message, content: { ...message.content, text: 'we met at colour:blue today, is:odd' } };
  const query = parseQuery('colour:blue is:odd -has:wings newer_than:soon OR today', searcher);
  expect([query.matches(spoken), query.matches(message)]).toEqual([true, false]);
  expect(query.unknownOperators).toEqual(['colour', 'is', 'has', 'newer_than']);
  expect(parseQuery('from:me subject:(a OR b) 12:30 "colour:blue"', searcher).unknownOperators).toEqual([]);
});

test('only a query that names Spam or Trash reaches there', () => {
  const reaches = (query: string) => parseQuery(query, searcher).reachesSpamAndTrash;
  expect(['in:spam', 'in:trash', 'in:anywhere', 'label:trash'].map(reaches)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['(in:spam)', '{in:trash is:unread}'].map(reaches)).toEqual([true, true]);
  const others = ['', 'in:inbox', 'spam', '"in:spam"', '-in:spam', '-{in:spam in:trash}'];
  expect(others.filter(reaches)).toEqual([]);
});

test('a relative date moves with the clock', () => {
  expect(parseQuery('newer_than:11d', { ...searcher, now: now + 5 * day }).matches(message)).toBe(false);
});
