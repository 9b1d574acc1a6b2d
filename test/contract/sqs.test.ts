import {
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  type QueueAttributeName,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createSyncQueue } from '../../lambdas/aws/sync-queue.ts';
import { type AwsTarget, awsTarget } from './targets.ts';

/** How long a received message stays hidden where a test waits for its return (seconds). */
const visibility = 5;

/** What a batch may hold in all, its default limit (SQS message quotas). */
const mostBytes = 1_048_576;

let aws: AwsTarget;

beforeAll(async () => {
  aws = await awsTarget();
});
afterAll(() => aws?.close());

/** An entry written as `group:body`; the text is its deduplication ID too. */
const entry = (text: string, changes: Partial<SendMessageBatchRequestEntry> = {}) => ({
  Id: text.replace(':', '-'),
  MessageBody: text,
  MessageGroupId: text.split(':')[0],
  MessageDeduplicationId: text,
  ...changes,
});

const sendEntries = (queueUrl: string, entries: SendMessageBatchRequestEntry[]) =>
  aws.sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));

const send = (queueUrl: string, ...texts: string[]) =>
  sendEntries(
    queueUrl,
    texts.map((text) => entry(text)),
  );

/** Receives a message, for which it waits. */
async function receive(queueUrl: string): Promise<Message> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    WaitTimeSeconds: 10,
    MessageSystemAttributeNames: ['All'],
  });
  const [message] = (await aws.sqs.send(command)).Messages ?? [];
  return message ?? {};
}

/** The bodies of the messages that can be received now. */
async function available(queueUrl: string): Promise<(string | undefined)[]> {
  const command = new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 });
  return ((await aws.sqs.send(command)).Messages ?? []).map(({ Body }) => Body);
}

const remove = (queueUrl: string, receiptHandle: string | undefined) =>
  aws.sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }));

const removeEntries = (queueUrl: string, receiptHandles: readonly (string | undefined)[]) =>
  aws.sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: receiptHandles.map((handle, position) => ({ Id: String(position), ReceiptHandle: handle })),
    }),
  );

test('a batch of ten arrives, each group in order, with the attributes that Lambda passes on', async () => {
  const queue = await aws.newQueue();
  const texts = ['a:1', 'b:1', 'a:2', 'b:2', 'a:3', 'b:3', 'a:4', 'b:4', 'a:5', 'b:5'];
  const { Successful: sent = [], Failed: failed = [] } = await send(queue, ...texts);
  expect(failed).toEqual([]);
  const received: Message[] = [];
  for (const _ of texts) {
    const message = await receive(queue);
    received.push(message);
    await remove(queue, message.ReceiptHandle);
  }
  for (const group of ['a', 'b']) {
    expect(received.map(({ Body }) => Body).filter((body) => body?.startsWith(group))).toEqual(
      texts.filter((text) => text.startsWith(group)),
    );
  }
  for (const { MessageId, Body = '', Attributes } of received) {
    const { SequenceNumber } = sent.find((outcome) => outcome.MessageId === MessageId) ?? {};
    expect(Attributes).toMatchObject({
      ApproximateReceiveCount: '1',
      MessageGroupId: Body.split(':')[0],
      MessageDeduplicationId: Body,
      SequenceNumber,
      SentTimestamp: expect.stringMatching(/^\d{13}$/),
      ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
    });
  }
});

test('a group with a message in flight returns no other until that one is deleted', async () => {
  const queue = await aws.newQueue();
  await send(queue, 'a:1', 'a:2');
  const first = await receive(queue);
  expect(first.Body).toBe('a:1');
  await send(queue, 'b:1', 'a:3');
  expect((await receive(queue)).Body).toBe('b:1');
  expect(await available(queue)).toEqual([]);
  await remove(queue, first.ReceiptHandle);
  expect((await receive(queue)).Body).toBe('a:2');
});

test('a queue tells how many messages wait, and how many are in flight', async () => {
  const queueUrl = await aws.newQueue();
  const queue = createSyncQueue(queueUrl, { client: aws.sqs });
  // SQS may need a minute until its counts are right (GetQueueAttributes).
  const holds = (waiting: number, inFlight: number) =>
    vi.waitFor(async () => expect(await queue.depth()).toEqual({ waiting, inFlight }), {
      timeout: 120_000,
      interval: 1_000,
    });
  await holds(0, 0);
  await send(queueUrl, 'a:1', 'b:1', 'c:1');
  await holds(3, 0);
  const { ReceiptHandle: handle } = await receive(queueUrl);
  await holds(2, 1);
  await remove(queueUrl, handle);
  await holds(2, 0);
}, 600_000);

test.each(['a', 'b'])(
  'a deduplication ID sent again to group %s is accepted and adds nothing, its message deleted or not',
  async (group) => {
    const queue = await aws.newQueue();
    await send(queue, 'a:1');
    const again = async () => {
      const { Successful: accepted } = await sendEntries(queue, [entry('a:1', { MessageGroupId: group })]);
      expect(accepted).toHaveLength(1);
    };
    await again();
    const { ReceiptHandle: handle } = await receive(queue);
    await again();
    await remove(queue, handle);
    await again();
    expect(await available(queue)).toEqual([]);
  },
);

test('a message not deleted returns before later ones, counted, and only its last handle deletes it', async () => {
  const [queue, other] = await Promise.all([
    aws.newQueue({ VisibilityTimeout: String(visibility) }),
    aws.newQueue(),
  ]);
  await send(other, 'a:1');
  const { ReceiptHandle: foreign } = await receive(other);
  await send(queue, 'a:1');
  const { ReceiptHandle: old } = await receive(queue);
  await send(queue, 'a:2');
  expect(await available(queue)).toEqual([]);
  await aws.pass(visibility * 1000);
  const expired = { name: 'InvalidParameterValue', message: expect.stringMatching(/handle has expired/) };
  await expect(remove(queue, old)).rejects.toMatchObject(expired);

  const { ReceiptHandle: current, ...returned } = await receive(queue);
  expect(returned).toMatchObject({ Body: 'a:1', Attributes: { ApproximateReceiveCount: '2' } });
  await expect(remove(queue, old)).rejects.toMatchObject(expired);
  for (const handle of [foreign, 'never issued']) {
    await expect(remove(queue, handle)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  }
  const { Successful, Failed } = await removeEntries(queue, [old, foreign, 'never issued', current]);
  expect(Successful).toEqual([{ Id: '3' }]);
  expect(Failed?.toSorted((one, another) => Number(one.Id) - Number(another.Id))).toMatchObject([
    { Id: '0', Code: 'InvalidParameterValue', SenderFault: true },
    { Id: '1', Code: 'ReceiptHandleIsInvalid', SenderFault: true },
    { Id: '2', Code: 'ReceiptHandleIsInvalid', SenderFault: true },
  ]);
  await remove(queue, current);
  expect((await receive(queue)).Body).toBe('a:2');
});

test('a message received too often moves to the dead-letter queue, and its group continues', async () => {
  const dead = await aws.newQueue();
  const { Attributes } = await aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
  );
  const queue = await aws.newQueue({
    VisibilityTimeout: String(visibility),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 1 }),
  });
  await send(queue, 'a:1', 'a:2');
  expect((await receive(queue)).Body).toBe('a:1');
  await aws.pass(visibility * 1000);
  expect((await receive(queue)).Body).toBe('a:2');
  expect(await receive(dead)).toMatchObject({ Body: 'a:1', Attributes: { MessageGroupId: 'a' } });
});

test('a queue gives the attributes that were asked for, and no others', async () => {
  const queue = await aws.newQueue();
  const ask = async (...AttributeNames: QueueAttributeName[]) =>
    (await aws.sqs.send(new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames }))).Attributes;
  expect(Object.keys((await ask('QueueArn')) ?? {})).toEqual(['QueueArn']);
  expect(await ask('RedrivePolicy')).toBeUndefined();
  expect(await ask('All')).toMatchObject({ QueueArn: expect.any(String), ApproximateNumberOfMessages: '0' });
});

const texts = (count: number) => Array.from({ length: count }, (_, index) => `a:${index}`);

test.each<[string, string, (queue: string) => Promise<unknown>]>([
  ['no entry', 'EmptyBatchRequest', (queue) => send(queue)],
  ['eleven entries', 'TooManyEntriesInBatchRequest', (queue) => send(queue, ...texts(11))],
  ['two entries of one ID', 'BatchEntryIdsNotDistinct', (queue) => send(queue, 'a:1', 'a:1')],
  ['an ID with a colon', 'InvalidBatchEntryId', (queue) => sendEntries(queue, [entry('a:1', { Id: 'a:1' })])],
  [
    'an ID too long',
    'InvalidBatchEntryId',
    (queue) => sendEntries(queue, [entry('a:1', { Id: 'a'.repeat(81) })]),
  ],
  [
    'an entry without a group',
    'InvalidParameterValue',
    (queue) => sendEntries(queue, [entry('a:1'), entry('b:1', { MessageGroupId: undefined })]),
  ],
  [
    'an entry without a deduplication ID',
    'InvalidParameterValue',
    (queue) => sendEntries(queue, [entry('a:1'), entry('b:1', { MessageDeduplicationId: undefined })]),
  ],
  [
    'more than 1 MiB',
    'BatchRequestTooLong',
    (queue) => sendEntries(queue, [entry('a:1'), entry('b:1', { MessageBody: 'x'.repeat(mostBytes - 2) })]),
  ],
  ['no receipt handle', 'EmptyBatchRequest', (queue) => removeEntries(queue, [])],
  ['eleven receipt handles', 'TooManyEntriesInBatchRequest', (queue) => removeEntries(queue, texts(11))],
])('a batch with %s is refused whole as %s', async (_, name, act) => {
  const queue = await aws.newQueue();
  await expect(act(queue)).rejects.toMatchObject({ name });
  expect(await available(queue)).toEqual([]);
});

test.each<[string, (queue: string) => Promise<unknown>]>([
  ['SendMessageBatch', (queue) => send(queue, 'a:1')],
  ['ReceiveMessage', available],
  ['GetQueueAttributes', (queue) => aws.sqs.send(new GetQueueAttributesCommand({ QueueUrl: queue }))],
  ['GetQueueUrl', (queue) => aws.sqs.send(new GetQueueUrlCommand({ QueueName: queue.split('/').at(-1) }))],
])('%s on a queue that does not exist says so', async (_, act) => {
  const unknown = (await aws.newQueue()).replace('.fifo', '-unknown.fifo');
  await expect(act(unknown)).rejects.toBeInstanceOf(QueueDoesNotExist);
});
