import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createCopiedLabels } from '../../../lambdas/aws/copied-labels.ts';
import { createCopiedMessages } from '../../../lambdas/aws/copied-messages.ts';
import { createMessagesTable } from '../../../lambdas/aws/messages-table.ts';
import { padHistoryId } from '../../../lambdas/copied-message.ts';
import { dynamoDb, leaveUndone } from '../../support/aws-doubles.ts';
import { messageOf, messagesOf } from './copied-messages.ts';

const mailbox = { accountId: 'account-1', generation: 'generation-1' };
const reconnected = { ...mailbox, generation: 'generation-2' };
const idsOf = (messages: readonly { id: string }[]) => messages.map(({ id }) => id);
const all = { limit: 500 };

async function open(clock?: () => number) {
  const { tables, names, calls } = await dynamoDb();
  return { copy: createMessagesTable(tables, names.messages, clock), tables, names, calls };
}

describe('the number of messages', () => {
  test('is what the copy holds, whatever failed and whatever others hold', async () => {
    const { copy } = await open();
    expect(await copy.count(mailbox, 0)).toBe(0);
    await copy.putAbsent(mailbox, messagesOf(30));
    await copy.putAbsent(reconnected, messagesOf(2));
    await copy.putFailed(mailbox, { id: 'm9', reason: 'unreadable', attempts: 1, nextAttemptAt: 0 });
    expect(await copy.count(mailbox, 0)).toBe(30);
  });

  test('is read page by page, consistently, until the time is over', async () => {
    let now = 0;
    const { copy, calls } = await open(() => now++);
    // A page is a megabyte.
    await copy.putAbsent(
      mailbox,
      messagesOf(60).map((message) => ({ ...message, snippet: 'x'.repeat(50_000) })),
    );
    calls.length = 0;
    expect(await copy.count(mailbox, 10)).toBe(60);
    expect(calls.length).toBeGreaterThan(2);
    for (const { action, input } of calls) {
      expect(action).toBe('Query');
      expect(input).toMatchObject({ Select: 'COUNT', ConsistentRead: true });
    }
    now = 0;
    calls.length = 0;
    expect(await copy.count(mailbox, 1)).toBeUndefined();
    expect(calls).toHaveLength(2);
  });
});

describe('messages that were absent', () => {
  test('are stored whole, in batches of 25', async () => {
    const { copy, calls } = await open();
    const messages = messagesOf(60);
    await copy.putAbsent(mailbox, messages);
    expect(calls.map(({ action }) => action)).toEqual(Array(3).fill('BatchWriteItem'));
    expect((await copy.listByDate(mailbox, all)).messages).toEqual(messages.toReversed());
  });

  test('may be none, or the same twice: then the last counts', async () => {
    const { copy, calls } = await open();
    await copy.putAbsent(mailbox, []);
    expect(calls).toEqual([]);
    await copy.putAbsent(mailbox, [messageOf(1, { subject: 'old' }), messageOf(1, { subject: 'new' })]);
    expect((await copy.listByDate(mailbox, all)).messages).toEqual([messageOf(1, { subject: 'new' })]);
  });

  test('have their snippet as text, whether or not the row is from when Gmail’s HTML was stored', async () => {
    const { copy, tables, names } = await open();
    const snippets = ['<b> & "x"', '&lt;', "Ann's &amp; &#39;"];
    await copy.putAbsent(
      mailbox,
      snippets.map((snippet, index) => messageOf(index, { snippet })),
    );
    const old = {
      ...messageOf(3),
      mailbox: 'account-1#generation-1',
      messageId: 'm000003',
      schemaVersion: 1,
    };
    const snippet = '&lt;b&gt; Tom &amp; Ann&#39;s &amp;lt;';
    const Item = {
      ...old,
      snippet,
      dateKey: `${String(messageOf(3).internalDate).padStart(15, '0')}#m000003`,
    };
    await tables.send(new PutCommand({ TableName: names.messages, Item }));
    await copy.updateLabels(
      mailbox,
      messagesOf(3).map(({ id }) => ({ id, labelIds: ['INBOX'], historyId: '9'.repeat(20) })),
    );
    const { messages } = await copy.listByDate(mailbox, all);
    const found = ["<b> Tom & Ann's &lt;", ...snippets.toReversed()];
    expect(messages.map((message) => message.snippet)).toEqual(found);
    const known = await createCopiedMessages(tables, names.messages).find(mailbox, ['m000003', 'm000002']);
    expect([...known.values()].map((message) => message.snippet).toSorted()).toEqual(
      [found[0], found[1]].toSorted(),
    );
  });

  test('carry their keys and the version of their form', async () => {
    const { copy, tables, names } = await open();
    await copy.putAbsent(mailbox, [messageOf(1, { internalDate: 1_793_491_200_000 })]);
    const Key = { mailbox: 'account-1#generation-1', messageId: 'm000001' };
    const { Item } = await tables.send(new GetCommand({ TableName: names.messages, Key }));
    expect(Item).toMatchObject({ schemaVersion: 1, dateKey: '001793491200000#m000001' });
    expect(Item).not.toHaveProperty('id');
  });

  test('are all stored when DynamoDB leaves some of a batch undone', async () => {
    const { copy, tables, calls } = await open();
    const left = leaveUndone(tables, 3);
    await copy.putAbsent(mailbox, messagesOf(30));
    expect(left.times).toBe(3);
    expect(calls.length).toBeGreaterThan(2);
    expect((await copy.listByDate(mailbox, all)).messages).toHaveLength(30);
  });

  test('fail aloud when DynamoDB keeps leaving some undone', async () => {
    const { copy, tables } = await open();
    leaveUndone(tables, Number.POSITIVE_INFINITY);
    await expect(copy.putAbsent(mailbox, messagesOf(2))).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
  });
});

describe('the names of labels', () => {
  const labelOf = (number: number, name = `Label ${number}`) => ({
    id: `Label_${number}`,
    name,
    type: 'user' as const,
  });
  const labelsOf = (count: number, name?: string) =>
    Array.from({ length: count }, (_, number) => labelOf(number, name));

  test('are kept for each generation, the last list alone, and one without a name', async () => {
    const { copy, tables, names } = await open();
    const labels = [labelOf(1), { id: 'Label_2', type: 'user' as const }];
    await copy.putLabels(mailbox, labelsOf(5));
    await copy.putLabels(mailbox, labels);
    expect(await copy.listLabels(mailbox)).toEqual(labels);
    expect(await createCopiedLabels(tables, names.messages).list(mailbox)).toEqual(labels);
    expect(await copy.listLabels(reconnected)).toEqual([]);
    expect(await copy.count(mailbox, 0)).toBe(0);
  });

  test('may be as many and as long as Gmail allows, and then be few again', async () => {
    const { copy } = await open();
    const many = labelsOf(10_000, '語'.repeat(225));
    await copy.putLabels(mailbox, many);
    expect(await copy.listLabels(mailbox)).toEqual(many);
    await copy.putLabels(mailbox, labelsOf(1));
    expect(await copy.listLabels(mailbox)).toEqual(labelsOf(1));
  });

  test('are erased with the copy', async () => {
    const { copy } = await open(() => 0);
    await copy.putAbsent(mailbox, messagesOf(1));
    await copy.putLabels(mailbox, labelsOf(1));
    expect(await copy.erase(mailbox, 1)).toBe(true);
    expect(await copy.listLabels(mailbox)).toEqual([]);
  });
});

test('errors of lists are kept in one row, whatever their number, until the copy is erased', async () => {
  const { copy } = await open(() => 0);
  expect(await copy.findListErrors(mailbox)).toEqual([]);
  const digests = Array.from({ length: 10_000 }, (_, number) => `digest-${10_000 + number}`);
  await copy.putListErrors(mailbox, ['other']);
  await copy.putListErrors(mailbox, digests);
  expect(await copy.findListErrors(mailbox)).toEqual(digests);
  expect(await copy.findListErrors(reconnected)).toEqual([]);
  expect(await copy.erase(mailbox, 1)).toBe(true);
  expect(await copy.findListErrors(mailbox)).toEqual([]);
});

describe('a row above 400 KB is refused alone', () => {
  const large = { subject: 'x'.repeat(410_000) };
  const labelIds = Array.from({ length: 20_000 }, (_, number) => `Label_${1e15 + number}`);

  test('among messages that were absent: the others are stored', async () => {
    const { copy } = await open();
    const messages = messagesOf(60).with(3, messageOf(4, large)).with(40, messageOf(41, large));
    expect(await copy.putAbsent(mailbox, messages)).toEqual(new Set(idsOf([messageOf(4), messageOf(41)])));
    expect(await copy.count(mailbox, 0)).toBe(58);
  });

  test('when it is written whole, or over a row whose state was read', async () => {
    const { copy } = await open();
    const stored = messageOf(1);
    await copy.putAbsent(mailbox, [stored]);
    expect(await copy.replace(mailbox, messageOf(1, large))).toBe('refused');
    expect(await copy.overwrite(mailbox, messageOf(1, large), stored.historyId)).toBe('refused');
    expect((await copy.listByDate(mailbox, all)).messages).toEqual([stored]);
  });

  test('among changes of labels: the others are set', async () => {
    const { copy } = await open();
    await copy.putAbsent(mailbox, messagesOf(3));
    const historyId = '9'.repeat(20);
    const changes = messagesOf(3).map(({ id }) => ({ id, labelIds: ['STARRED'], historyId }));
    const refused = await copy.updateLabels(
      mailbox,
      changes.with(1, { id: messageOf(2).id, labelIds, historyId }),
    );
    expect(refused).toEqual(new Set([messageOf(2).id]));
    const known = await copy.findKnown(mailbox, idsOf(messagesOf(3)));
    expect([...known.values()].filter(({ historyId: newest }) => newest === historyId)).toHaveLength(2);
  });

  test('unless the table refuses everything: then the operator must look', async () => {
    const { tables, names } = await dynamoDb();
    const copy = createMessagesTable(tables, names.grants);
    expect(await copy.putAbsent(mailbox, messagesOf(1))).toEqual(new Set(idsOf(messagesOf(1))));
    const failed = { id: messageOf(1).id, reason: 'x', attempts: 1, nextAttemptAt: 0 };
    await expect(copy.putFailed(mailbox, failed)).rejects.toMatchObject({ code: 'misconfigured' });
  });
});

describe('what is known', () => {
  test('is what the copy of this generation holds of the messages asked for', async () => {
    const { copy, calls } = await open();
    await copy.putAbsent(mailbox, messagesOf(150));
    calls.length = 0;
    const asked = [...idsOf(messagesOf(150)), 'm000001', 'unknown'];
    const known = await copy.findKnown(mailbox, asked);
    expect(calls.map(({ action }) => action)).toEqual(['BatchGetItem', 'BatchGetItem']);
    expect(JSON.stringify(calls)).toContain('"ConsistentRead":true');
    expect(known.size).toBe(150);
    const { id, labelIds, historyId } = messageOf(7);
    expect(known.get(id)).toEqual({ id, labelIds, historyId });
    expect(await copy.findKnown(reconnected, asked)).toEqual(new Map());
    expect(await copy.findKnown(mailbox, [])).toEqual(new Map());
  });

  test('is read to the end when DynamoDB leaves some of a batch unread', async () => {
    const { copy, tables } = await open();
    await copy.putAbsent(mailbox, messagesOf(40));
    const left = leaveUndone(tables, 2);
    expect((await copy.findKnown(mailbox, idsOf(messagesOf(40)))).size).toBe(40);
    expect(left.times).toBe(2);
  });

  test('is gone through in the order of IDs', async () => {
    const { copy } = await open();
    await copy.putAbsent(mailbox, messagesOf(3).toReversed());
    await copy.putAbsent(reconnected, [messageOf(9)]);
    await copy.putFailed(mailbox, { id: 'failed', reason: 'x', attempts: 1, nextAttemptAt: 1 });
    const expected = messagesOf(3).map(({ id, labelIds, historyId }) => ({ id, labelIds, historyId }));
    expect((await Array.fromAsync(copy.scan(mailbox))).flat()).toEqual(expected);
  });

  test('is gone through from after an ID on, which need not be there', async () => {
    const { copy } = await open();
    await copy.putAbsent(mailbox, messagesOf(5));
    const idsAfter = async (id: string) => idsOf((await Array.fromAsync(copy.scan(mailbox, id))).flat());
    expect(await idsAfter('m000003')).toEqual(['m000004', 'm000005']);
    expect(await idsAfter('m0000035')).toEqual(['m000004', 'm000005']);
    expect(await idsAfter('m000005')).toEqual([]);
  });
});

describe('the copy in the order of dates', () => {
  async function openDated() {
    const opened = await open();
    const dates = [5, 3, 9, -2, 9, 7];
    const messages = dates.map((internalDate, index) =>
      messageOf(index, { internalDate, labelIds: index % 2 === 0 ? ['INBOX', 'SPAM'] : ['INBOX'] }),
    );
    await opened.copy.putAbsent(mailbox, messages);
    await opened.copy.putAbsent(reconnected, messagesOf(3));
    return { ...opened, idAt: (index: number) => messages[index]?.id };
  }

  test('is read newest first, Spam too, and goes on behind any page', async () => {
    const { copy, idAt } = await openDated();
    const expected = [4, 2, 5, 0, 1, 3].map(idAt);
    const pages = await Array.fromAsync(copy.scanByDate(mailbox, { most: 2 }));
    expect(pages.every(({ messages }) => messages.length <= 2)).toBe(true);
    expect(idsOf(pages.flatMap(({ messages }) => messages))).toEqual(expected);
    expect(pages[0]?.messages[0]).toEqual({
      id: idAt(4),
      labelIds: ['INBOX', 'SPAM'],
      historyId: expect.any(String),
    });
    const later = await Array.fromAsync(copy.scanByDate(mailbox, { most: 5, from: pages[0]?.next }));
    expect(idsOf(later.flatMap(({ messages }) => messages))).toEqual(expected.slice(2));
  });

  test('is read of one label, with pages that may be empty', async () => {
    const { copy, idAt } = await openDated();
    const pages = await Array.fromAsync(copy.scanByDate(mailbox, { most: 1, labelId: 'SPAM' }));
    expect(pages.length).toBeGreaterThanOrEqual(6);
    expect(idsOf(pages.flatMap(({ messages }) => messages))).toEqual([4, 2, 0].map(idAt));
  });
});

describe('a message that is written whole', () => {
  test.each([
    ['older', '99', 'stored'],
    ['of the same state', '100', 'stored'],
    ['newer', '101', 'kept'],
    ['newer by a digit', '1000', 'kept'],
  ])('over one that is %s', async (_, stored, outcome) => {
    const { copy } = await open();
    await copy.putAbsent(mailbox, [messageOf(1, { historyId: padHistoryId(stored), subject: 'old' })]);
    const message = messageOf(1, { historyId: padHistoryId('100'), subject: 'new' });
    expect(await copy.replace(mailbox, message)).toBe(outcome);
    const [found] = (await copy.listByDate(mailbox, all)).messages;
    expect(found?.subject).toBe(outcome === 'stored' ? 'new' : 'old');
  });

  test('where there is none stands there', async () => {
    const { copy } = await open();
    expect(await copy.replace(mailbox, messageOf(1))).toBe('stored');
    expect((await copy.listByDate(mailbox, all)).messages).toEqual([messageOf(1)]);
  });
});

describe('a message that is written over a row whose state was read', () => {
  test.each([
    ['is still that, though newer', '200', 'stored'],
    ['is the message’s own by now', '100', 'stored'],
    ['is another by now', '201', 'kept'],
  ])('does so if it %s', async (_, stored, outcome) => {
    const { copy } = await open();
    await copy.putAbsent(mailbox, [messageOf(1, { historyId: padHistoryId(stored), subject: 'old' })]);
    const message = messageOf(1, { historyId: padHistoryId('100'), subject: 'new' });
    expect(await copy.overwrite(mailbox, message, padHistoryId('200'))).toBe(outcome);
    const [found] = (await copy.listByDate(mailbox, all)).messages;
    expect(found?.subject).toBe(outcome === 'stored' ? 'new' : 'old');
  });

  test('makes none where there is none', async () => {
    const { copy } = await open();
    expect(await copy.overwrite(mailbox, messageOf(1), padHistoryId('200'))).toBe('kept');
    expect((await copy.listByDate(mailbox, all)).messages).toEqual([]);
  });
});

describe('labels', () => {
  test.each([
    ['older', '99', true],
    ['of the same state', '100', true],
    ['newer', '101', false],
  ])('are set if the message is %s', async (_, stored, written) => {
    const { copy } = await open();
    const message = messageOf(1, { historyId: padHistoryId(stored) });
    await copy.putAbsent(mailbox, [message]);
    const change = { id: message.id, labelIds: ['STARRED'], historyId: padHistoryId('100') };
    await copy.updateLabels(mailbox, [change]);
    const { messages } = await copy.listByDate(mailbox, all);
    expect(messages).toEqual([written ? { ...message, ...change } : message]);
  });

  test('of many messages are set together, each on its own condition', async () => {
    const { copy } = await open();
    await copy.putAbsent(mailbox, messagesOf(30));
    const changes = messagesOf(30).map(({ id }) => ({
      id,
      labelIds: ['STARRED'],
      historyId: padHistoryId('115'),
    }));
    await copy.updateLabels(mailbox, changes);
    const known = await copy.findKnown(mailbox, idsOf(changes));
    const starred = [...known.values()].filter(({ labelIds }) => labelIds.includes('STARRED'));
    expect(starred).toHaveLength(15);
  });

  test('of a message that is not there make none', async () => {
    const { copy } = await open();
    await copy.updateLabels(mailbox, [{ id: 'x', labelIds: [], historyId: padHistoryId('1') }]);
    expect((await copy.listByDate(mailbox, all)).messages).toEqual([]);
  });
});

test('messages are deleted whether or not they are there, and only from this copy', async () => {
  const { copy } = await open();
  await copy.putAbsent(mailbox, messagesOf(30));
  await copy.putAbsent(reconnected, [messageOf(1)]);
  await copy.delete(mailbox, ['unknown', 'unknown', ...idsOf(messagesOf(29))]);
  expect((await copy.listByDate(mailbox, all)).messages).toEqual([messageOf(30)]);
  expect((await copy.listByDate(reconnected, all)).messages).toEqual([messageOf(1)]);
});

test('failed messages stand apart, one row each, until they are deleted', async () => {
  const { copy } = await open();
  await copy.putAbsent(mailbox, [messageOf(1)]);
  const failed = { id: 'b', reason: 'unreadable', attempts: 1, nextAttemptAt: 5 };
  await copy.putFailed(mailbox, failed);
  await copy.putFailed(mailbox, { ...failed, id: 'a' });
  await copy.putFailed(mailbox, { ...failed, attempts: 2 });
  expect(await copy.listFailed(mailbox)).toEqual([
    { ...failed, id: 'a' },
    { ...failed, attempts: 2 },
  ]);
  expect(await copy.listFailed(reconnected)).toEqual([]);
  expect((await copy.listByDate(mailbox, all)).messages).toEqual([messageOf(1)]);
  await copy.deleteFailed(mailbox, ['b', 'unknown']);
  expect(idsOf(await copy.listFailed(mailbox))).toEqual(['a']);
});

describe('erasing a copy', () => {
  test('leaves nothing of it, and everything of others', async () => {
    const { copy } = await open();
    const failed = { id: 'f', reason: 'x', attempts: 1, nextAttemptAt: 1 };
    for (const whose of [mailbox, reconnected]) {
      await copy.putAbsent(whose, messagesOf(30));
      await copy.putFailed(whose, failed);
    }
    expect(await copy.erase(mailbox, Date.now() + 60_000)).toBe(true);
    expect((await Array.fromAsync(copy.scan(mailbox))).flat()).toEqual([]);
    expect(await copy.listFailed(mailbox)).toEqual([]);
    expect((await Array.fromAsync(copy.scan(reconnected))).flat()).toHaveLength(30);
    expect(await copy.listFailed(reconnected)).toEqual([failed]);
  });

  test('stops when its time is over, says so, and can go on', async () => {
    let now = 0;
    const { copy } = await open(() => now++);
    await copy.putAbsent(mailbox, messagesOf(600));
    expect(await copy.erase(mailbox, 1)).toBe(false);
    const left = (await Array.fromAsync(copy.scan(mailbox))).flat();
    expect(idsOf(left)).toEqual(idsOf(messagesOf(600).slice(500)));
    expect(await copy.erase(mailbox, Number.POSITIVE_INFINITY)).toBe(true);
    expect((await Array.fromAsync(copy.scan(mailbox))).flat()).toEqual([]);
  });
});
