import { expect, test } from 'vitest';
import { createCopiedMessages } from '../../../lambdas/aws/copied-messages.ts';
import { createMessagesTable } from '../../../lambdas/aws/messages-table.ts';
import { dynamoDb, leaveUndone } from '../../support/aws-doubles.ts';
import { messageOf, messagesOf } from './copied-messages.ts';

const mailbox = { accountId: 'account-1', generation: 'generation-1' };

async function open() {
  const { tables, names, calls } = await dynamoDb();
  const copy = createMessagesTable(tables, names.messages);
  return { copy, copied: createCopiedMessages(tables, names.messages), tables, calls };
}

test('hold what a list shows of those messages that are copied, and no more', async () => {
  const { copy, copied } = await open();
  const message = messageOf(1, { labelIds: ['INBOX', 'UNREAD'], snippet: 'How are you?' });
  await copy.putAbsent(mailbox, [message, messageOf(2)]);
  expect(await copied.find(mailbox, [message.id, 'unknown'])).toEqual(new Map([[message.id, message]]));
});

test('have the labels of now', async () => {
  const { copy, copied } = await open();
  const message = messageOf(1, { labelIds: ['UNREAD'] });
  await copy.putAbsent(mailbox, [message]);
  await copy.updateLabels(mailbox, [{ id: message.id, labelIds: ['STARRED'], historyId: '9'.repeat(20) }]);
  expect((await copied.find(mailbox, [message.id])).get(message.id)?.labelIds).toEqual(['STARRED']);
});

test.each([
  ['another generation', { ...mailbox, generation: 'generation-2' }],
  ['another account', { ...mailbox, accountId: 'account-2' }],
])('have nothing of %s', async (_, other) => {
  const { copy, copied } = await open();
  await copy.putAbsent(mailbox, messagesOf(3));
  expect(await copied.find(other, ['m000001', 'm000002'])).toEqual(new Map());
});

test('are read in hundreds, for half the price, each once', async () => {
  const { copy, copied, calls } = await open();
  await copy.putAbsent(mailbox, messagesOf(150));
  calls.length = 0;
  const ids = messagesOf(150).map(({ id }) => id);
  expect((await copied.find(mailbox, [...ids.slice(0, 5), ...ids])).size).toBe(150);
  expect(calls.map(({ action }) => action)).toEqual(['BatchGetItem', 'BatchGetItem']);
  expect(JSON.stringify(calls)).not.toContain('"ConsistentRead":true');
  calls.length = 0;
  expect(await copied.find(mailbox, [])).toEqual(new Map());
  expect(calls).toEqual([]);
});

test('are read to the end when DynamoDB leaves some of a batch unread', async () => {
  const { copy, copied, tables } = await open();
  await copy.putAbsent(mailbox, messagesOf(40));
  const left = leaveUndone(tables, 2);
  const ids = messagesOf(40).map(({ id }) => id);
  expect((await copied.find(mailbox, ids)).size).toBe(40);
  expect(left.times).toBe(2);
});
