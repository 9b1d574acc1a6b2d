import { expect, it } from 'vitest';
import { createClient } from '../../../../lambdas/client/client.ts';
import { labelName, loadLabelNames, visibleLabels } from '../../../../lambdas/page/browser/labels.ts';

const learnFrom = (answer: Response) =>
  loadLabelNames(
    createClient({ site: 'https://mail.example.com', fetch: async () => answer }).mailbox.labels,
  );

it('labels are told, but not those that tell nothing', () => {
  const told = visibleLabels(['INBOX', 'UNREAD', 'STARRED', 'CATEGORY_PROMOTIONS', 'Label_1']);
  expect(told.map(labelName)).toEqual(['Starred', 'Promotions', 'Label_1']);
});

it('a label keeps its ID where Gmail does not tell its name', async () => {
  expect(await learnFrom(Response.json({ code: 'rate_limited' }, { status: 429 }))).toEqual([]);
  // Every object has something of the second name.
  expect(['Label_1', 'constructor'].map(labelName)).toEqual(['Label_1', 'constructor']);
});

it('a label that the person made has its name, and Gmail’s own the one that people know', async () => {
  const labels = [
    { id: 'INBOX', name: 'INBOX', type: 'system' },
    { id: 'Label_2', name: 'Work', type: 'user' },
    { id: 'Label_1', name: 'Receipts', type: 'user' },
  ];
  expect(await learnFrom(Response.json({ labels }))).toEqual(['Label_1', 'Label_2']);
  expect(['INBOX', 'Label_1', 'Label_2', 'Label_3'].map(labelName)).toEqual([
    'Inbox',
    'Receipts',
    'Work',
    'Label_3',
  ]);
});
