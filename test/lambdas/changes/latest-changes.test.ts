import { expect, test } from 'vitest';
import { latestChangesSince } from '../../../lambdas/changes/latest-changes.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { MemoryFeed } from '../../support/doubles/memory-feed.ts';
import { changeAt, changedMessages } from './changes.ts';

const mailbox = { accountId: 'account-1', generation: 'generation-1' };
const [first, second] = changedMessages(2);

test('the last that is said of each message counts, of this mailbox and since the moment', async () => {
  const feed = new MemoryFeed();
  const messages = first === undefined ? [] : [first];
  await feed.append(changeAt(testStart - 1, { type: 'deleted', messageIds: ['before'] }));
  await feed.append(changeAt(testStart, { type: 'added', messages: changedMessages(2) }));
  await feed.append(changeAt(testStart + 1, { type: 'deleted', messageIds: [first?.id ?? '', 'unknown'] }));
  await feed.append(changeAt(testStart + 2, { generation: 'generation-2', type: 'added', messages }));
  await feed.append(changeAt(testStart + 3, { accountId: 'account-2', type: 'added', messages }));
  await feed.append(changeAt(testStart + 4, { type: 'caught_up' }));
  const statements = await latestChangesSince(testStart, mailbox, feed);
  expect([...statements]).toEqual([
    [first?.id, undefined],
    [second?.id, second],
    ['unknown', undefined],
  ]);
});

test('however many changes there are, all are read', async () => {
  const feed = new MemoryFeed();
  for (let number = 0; number < 250; number++) {
    await feed.append(changeAt(testStart + number, { type: 'deleted', messageIds: [`m${number}`] }));
  }
  expect(await latestChangesSince(testStart, mailbox, feed)).toHaveProperty('size', 250);
});
