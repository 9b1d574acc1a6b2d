import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { writeMessage } from '../../../lambdas/aws/message-row.ts';
import { createMessagesTable } from '../../../lambdas/aws/messages-table.ts';
import type { CopiedMessage } from '../../../lambdas/copied-message.ts';
import type { CopyQuery, CopyReader } from '../../../lambdas/copy/read-copy.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { messageOf, messagesOf } from './copied-messages.ts';

const mailbox = { accountId: 'account-1', generation: 'generation-1' };
const numbersOf = (messages: readonly CopiedMessage[]) => messages.map(({ id }) => Number(id.slice(1)));
const dateOf = (number: number) => messageOf(number).internalDate;

async function open(messages: readonly CopiedMessage[]) {
  const { tables, names, calls } = await dynamoDb();
  const copy = createMessagesTable(tables, names.messages);
  await copy.putAbsent(mailbox, messages);
  calls.length = 0;
  return { copy, calls };
}

/** Every page of a query, to the last. */
async function pagesOf(copy: CopyReader, query: CopyQuery) {
  const pages = [await copy.listByDate(mailbox, query)];
  for (let cursor = pages[0]?.cursor; cursor !== undefined; cursor = pages.at(-1)?.cursor) {
    pages.push(await copy.listByDate(mailbox, { ...query, cursor }));
  }
  return pages;
}

const everyNumber = async (copy: CopyReader, query: CopyQuery) =>
  (await pagesOf(copy, query)).flatMap(({ messages }) => numbersOf(messages));

describe('pages', () => {
  test('lead through all messages, newest first, none twice', async () => {
    const { copy } = await open(messagesOf(23));
    const pages = await pagesOf(copy, { limit: 10 });
    expect(pages.map(({ messages }) => messages.length)).toEqual([10, 10, 3]);
    expect(pages.flatMap(({ messages }) => messages)).toEqual(messagesOf(23).toReversed());
  });

  test('lead through messages of one moment too', async () => {
    const { copy } = await open(messagesOf(7, { internalDate: 1_000 }));
    expect(await everyNumber(copy, { limit: 2 })).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  test('go on where a message has gone meanwhile', async () => {
    const { tables, names } = await dynamoDb();
    const copy = createMessagesTable(tables, names.messages);
    await copy.putAbsent(mailbox, messagesOf(5));
    const { cursor } = await copy.listByDate(mailbox, { limit: 2 });
    await copy.delete(mailbox, [messageOf(4).id]);
    const { messages } = await copy.listByDate(mailbox, { limit: 2, cursor });
    expect(numbersOf(messages)).toEqual([3, 2]);
  });

  test('end without a cursor when nothing is left', async () => {
    const { copy } = await open(messagesOf(2));
    expect(await copy.listByDate(mailbox, { limit: 3 })).not.toHaveProperty('cursor');
    const other = { ...mailbox, generation: 'generation-2' };
    expect(await copy.listByDate(other, { limit: 3 })).toEqual({ messages: [], cursors: [] });
  });
});

describe('a time', () => {
  test('bounds the list: from after on, and up to but without before', async () => {
    const { copy } = await open(messagesOf(9));
    const listed = (query: Partial<CopyQuery>) => everyNumber(copy, { limit: 2, ...query });
    expect(await listed({ after: dateOf(7) })).toEqual([9, 8, 7]);
    expect(await listed({ before: dateOf(3) })).toEqual([2, 1]);
    expect(await listed({ after: dateOf(4), before: dateOf(6) })).toEqual([5, 4]);
    expect(await listed({ after: dateOf(6), before: dateOf(6) })).toEqual([]);
    expect(await listed({ after: dateOf(6), before: dateOf(4) })).toEqual([]);
  });

  describe('before 1970, and far from now', () => {
    const year = (number: number) => new Date(0).setUTCFullYear(number);
    /** The numbers of messages are their years; that of 1950 is in a row from when such dates counted as 1970. */
    async function openYears() {
      const { tables, names } = await dynamoDb();
      const copy = createMessagesTable(tables, names.messages);
      const years = [1, 1900, 1960, 1969, 1970, 1971, 2026, 9999];
      await copy.putAbsent(
        mailbox,
        years.map((number) => messageOf(number, { internalDate: year(number) })),
      );
      const old = writeMessage('account-1#generation-1', messageOf(1950, { internalDate: year(1950) }));
      const dateKey = `${'0'.repeat(15)}#${old.messageId}`;
      await tables.send(new PutCommand({ TableName: names.messages, Item: { ...old, dateKey } }));
      return copy;
    }

    test.each([
      [undefined, undefined, [9999, 2026, 1971, 1970, 1950, 1969, 1960, 1900, 1]],
      [undefined, 1960, [1950, 1900, 1]],
      [1960, undefined, [9999, 2026, 1971, 1970, 1969, 1960]],
      [1900, 1950, [1900]],
      [1950, 1970, [1950, 1969, 1960]],
      [1970, 1971, [1970]],
      [undefined, 1970, [1950, 1969, 1960, 1900, 1]],
      [2027, undefined, [9999]],
      [undefined, 9999, [2026, 1971, 1970, 1950, 1969, 1960, 1900, 1]],
    ])('from %j to %j come, newest first, %j', async (after, before, numbers) => {
      const copy = await openYears();
      const bounds = {
        ...(after !== undefined && { after: year(after) }),
        ...(before !== undefined && { before: year(before) }),
      };
      expect(await everyNumber(copy, { limit: 2, ...bounds })).toEqual(numbers);
    });

    test('moments a millisecond apart are told apart', async () => {
      const dates = [-999_999_999_999_999, -1_000, -999, -2, -1, 0, 1, 999, 1_000, 999_999_999_999_998];
      const { copy } = await open(dates.map((internalDate, index) => messageOf(index, { internalDate })));
      expect(await everyNumber(copy, { limit: 3 })).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
      for (const [index, after] of dates.entries()) {
        const before = after + 1;
        expect(await everyNumber(copy, { limit: 3, after, before })).toEqual([index]);
      }
    });
  });
});

describe('a label', () => {
  const messages = [
    messageOf(1),
    messageOf(2, { labelIds: ['INBOX', 'STARRED'] }),
    messageOf(3, { labelIds: ['SPAM'] }),
    messageOf(4, { labelIds: ['TRASH', 'STARRED'] }),
    messageOf(5, { labelIds: [] }),
  ];

  test.each([
    [undefined, [5, 2, 1]],
    ['INBOX', [2, 1]],
    ['STARRED', [2]],
    ['SPAM', [3]],
    ['TRASH', [4]],
    ['STAR', []],
  ])('%s leaves these', async (labelId, numbers) => {
    const { copy } = await open(messages);
    expect(await everyNumber(copy, { limit: 9, labelId })).toEqual(numbers);
    expect(await everyNumber(copy, { limit: 1, labelId })).toEqual(numbers);
  });

  test('whose messages come in numbers after none loses none of them', async () => {
    const starred = messagesOf(5, { labelIds: ['STARRED'] });
    const { copy } = await open([...starred, messageOf(6), messageOf(7)]);
    expect(await everyNumber(copy, { limit: 2, labelId: 'STARRED' })).toEqual([5, 4, 3, 2, 1]);
  });

  test('that is rare is found in few queries', async () => {
    const labels = (number: number) => ({ labelIds: number === 1 ? ['RARE'] : ['INBOX'] });
    const { copy, calls } = await open(
      messagesOf(600).map((message, index) => ({ ...message, ...labels(index + 1) })),
    );
    const { messages: found } = await copy.listByDate(mailbox, { limit: 10, labelId: 'RARE' });
    expect(numbersOf(found)).toEqual([1]);
    expect(calls.length).toBeLessThanOrEqual(5);
  });
});

test('a page reads 4 MB at the most, and may then be empty and still lead on', async () => {
  const large = messagesOf(30, { snippet: 'x'.repeat(300_000) });
  const { copy } = await open([messageOf(0, { labelIds: ['RARE'] }), ...large]);
  const pages = await pagesOf(copy, { limit: 500, labelId: 'RARE' });
  expect(pages.length).toBeGreaterThanOrEqual(3);
  expect(pages[0]?.messages).toEqual([]);
  expect(pages.flatMap(({ messages }) => numbersOf(messages))).toEqual([0]);
});

describe('a cursor', () => {
  test('names neither account nor generation', async () => {
    const { copy } = await open(messagesOf(3));
    const { cursor = '' } = await copy.listByDate(mailbox, { limit: 1 });
    expect(cursor).toMatch(/^[\w-]+$/);
    const text = Buffer.from(cursor, 'base64url').toString();
    expect(text).toBe(`${String(dateOf(3)).padStart(15, '0')}#${messageOf(3).id}`);
  });

  test.each([
    ['made up', 'nonsense'],
    ['empty', ''],
    ['of a date alone', Buffer.from('001793491200000').toString('base64url')],
    ['of other bounds', Buffer.from(`${'0'.repeat(15)}#m000001`).toString('base64url')],
  ])('that is %s is refused in words', async (_, cursor) => {
    const { copy } = await open(messagesOf(3));
    await expect(copy.listByDate(mailbox, { limit: 1, after: dateOf(1), cursor })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('pageToken'),
    });
  });
});
