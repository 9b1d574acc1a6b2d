import { expect, test } from 'vitest';
import { createFailedMessages } from '../../../lambdas/aws/failed-messages.ts';
import { createMessagesTable } from '../../../lambdas/aws/messages-table.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { messagesOf } from './copied-messages.ts';

const mailbox = { accountId: 'account-1', generation: 'generation-1' };

async function open() {
  const { tables, names, calls } = await dynamoDb();
  const copy = createMessagesTable(tables, names.messages);
  return { copy, listFailed: createFailedMessages(tables, names.messages), calls };
}

const failed = { reason: '400 failedPrecondition', attempts: 2, nextAttemptAt: 5 };

test('are told of this mailbox alone, and none that is copied', async () => {
  const { copy, listFailed } = await open();
  await copy.putAbsent(mailbox, messagesOf(3));
  await copy.putFailed(mailbox, { id: 'm9', ...failed });
  await copy.putFailed({ ...mailbox, generation: 'generation-2' }, { id: 'm8', ...failed });
  expect(await listFailed(mailbox, 20)).toEqual([{ id: 'm9', ...failed }]);
  expect(await listFailed({ ...mailbox, accountId: 'account-2' }, 20)).toEqual([]);
});

test('are told from the latest on, as many as are asked for, in one read', async () => {
  const { copy, listFailed, calls } = await open();
  for (const id of ['m2', 'm1', 'm3']) await copy.putFailed(mailbox, { id, ...failed });
  calls.length = 0;
  expect((await listFailed(mailbox, 2)).map(({ id }) => id)).toEqual(['m3', 'm2']);
  expect(calls.map(({ action }) => action)).toEqual(['Query']);
});
