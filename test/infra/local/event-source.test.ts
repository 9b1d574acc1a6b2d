import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { startSqs } from '../../../infra/local/aws/sqs.ts';
import { type EventSourceOptions, failedOf, startEventSource } from '../../../infra/local/event-source.ts';
import { localCredentials } from '../../support/local-credentials.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function openQueue() {
  const { endpoint, failNext, close } = await startSqs(temporaryFolder());
  const sqs = new SQSClient({ ...localCredentials, endpoint, useQueueUrlAsEndpoint: false, maxAttempts: 1 });
  onTestFinished(async () => {
    sqs.destroy();
    await close();
  });
  const Attributes = { FifoQueue: 'true', VisibilityTimeout: '1' };
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs.fifo', Attributes }));
  /** Sends messages written as `group:body`. */
  const send = async (...messages: string[]) => {
    for (const message of messages) {
      const [MessageGroupId] = message.split(':');
      const entry = { Id: '0', MessageBody: message, MessageGroupId, MessageDeduplicationId: message };
      await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [entry] }));
    }
  };
  const left = async () => {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
    const { Attributes: counts = {} } = await sqs.send(command);
    return Number(counts.ApproximateNumberOfMessages) + Number(counts.ApproximateNumberOfMessagesNotVisible);
  };
  const start = (run: EventSourceOptions['run'], maxConcurrency?: number) => {
    const source = startEventSource({
      sqs,
      queueUrl: QueueUrl,
      run,
      ...(maxConcurrency !== undefined && { maxConcurrency }),
    });
    onTestFinished(() => source.close());
    return source;
  };
  return { send, left, start, failNext };
}

const bodiesOf = ({ Records }: SQSEvent) => Records.map(({ body }) => body);
const failed = (...ids: string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

test('a message arrives as Lambda hands it over, and is deleted when the function succeeds', async () => {
  const { send, left, start } = await openQueue();
  const events: SQSEvent[] = [];
  start(async (event) => {
    events.push(event);
  });
  await send('ada:{"kind":"sync"}');
  await expect.poll(left).toBe(0);
  expect(events).toEqual([
    {
      Records: [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.stringMatching(/./),
          body: 'ada:{"kind":"sync"}',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SequenceNumber: expect.stringMatching(/^\d{20}$/),
            MessageGroupId: 'ada',
            SenderId: expect.stringMatching(/./),
            MessageDeduplicationId: 'ada:{"kind":"sync"}',
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
          },
          messageAttributes: {},
          md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:jobs.fifo',
          awsRegion: 'us-east-1',
        },
      ],
    },
  ]);
});

test('up to ten messages of several groups come at once, those of a group in order, and are deleted', async () => {
  const { send, left, start } = await openQueue();
  const events: string[][] = [];
  const messages = Array.from({ length: 12 }, (_, number) => `${number % 2 === 0 ? 'a' : 'b'}:${number}`);
  await send(...messages);
  start(async (event) => {
    events.push(bodiesOf(event));
  }, 1);
  await expect.poll(left).toBe(0);
  expect(events.map(({ length }) => length)).toEqual([10, 2]);
  for (const group of ['a', 'b']) {
    const ofGroup = (message: string) => message.startsWith(group);
    expect(events.flat().filter(ofGroup)).toEqual(messages.filter(ofGroup));
  }
});

test('messages whose function threw all come again after the time-out, before others of their groups', async () => {
  const { send, left, start } = await openQueue();
  const seen: string[] = [];
  await send('a:1', 'b:1');
  const before = Date.now();
  start(async ({ Records }) => {
    seen.push(...Records.map(({ body, attributes }) => `${body} ${attributes.ApproximateReceiveCount}`));
    if (seen.length > 2) return;
    await send('a:2');
    throw new Error('the first attempt fails');
  }, 1);
  await expect.poll(left).toBe(0);
  expect(seen).toEqual(['a:1 1', 'b:1 1', 'a:1 2', 'a:2 1', 'b:1 2']);
  expect(Date.now() - before).toBeGreaterThanOrEqual(1000);
});

test('of several messages only those that the function names as failed come again', async () => {
  const { send, left, start } = await openQueue();
  const seen: string[][] = [];
  await send('a:1', 'b:1', 'c:1');
  start(async (event) => {
    seen.push(bodiesOf(event));
    if (seen.length > 1) return null;
    return failed(...event.Records.filter(({ body }) => body === 'b:1').map(({ messageId }) => messageId));
  }, 1);
  await expect.poll(left).toBe(0);
  expect(seen).toEqual([['a:1', 'b:1', 'c:1'], ['b:1']]);
});

test('an answer of another form means that all have failed, as to Lambda', async () => {
  const { send, left, start } = await openQueue();
  const seen: string[][] = [];
  await send('a:1', 'b:1');
  start(async (event) => {
    seen.push(bodiesOf(event));
    return seen.length === 1 ? 'done' : failed();
  }, 1);
  await expect.poll(left).toBe(0);
  expect(seen).toEqual([
    ['a:1', 'b:1'],
    ['a:1', 'b:1'],
  ]);
});

test.each([
  ['no answer', null, []],
  ['an empty answer', {}, []],
  ['an empty list', failed(), []],
  ['no list', { batchItemFailures: null }, []],
  ['two IDs', failed('1', '2'), ['1', '2']],
])('%s names what has failed', (_, answer, ids) => {
  expect([...failedOf(answer)]).toEqual(ids);
});

test.each([
  ['an empty ID', failed('')],
  ['no ID', { batchItemFailures: [{ itemIdentifier: null }] }],
  ['an ID by another name', { batchItemFailures: [{ messageId: '1' }] }],
  ['text', 'done'],
])('%s is no answer that Lambda reads', (_, answer) => {
  expect(() => failedOf(answer)).toThrow();
});

test('functions run side by side, as many as allowed, and no two with messages of one group', async () => {
  const { send, left, start } = await openQueue();
  const underWay: string[] = [];
  let most = 0;
  const done: string[] = [];
  const started = Promise.withResolvers<void>();
  await send('a:1');
  start(async (event) => {
    const bodies = bodiesOf(event);
    const groups = new Set(bodies.map((body) => body.charAt(0)));
    expect(underWay.filter((group) => groups.has(group))).toEqual([]);
    underWay.push(...groups);
    most = Math.max(most, underWay.length);
    started.resolve();
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const group of groups) underWay.splice(underWay.indexOf(group), 1);
    done.push(...bodies);
  }, 2);
  await started.promise;
  await send('a:2', 'b:1');
  await expect.poll(left).toBe(0);
  expect(most).toBe(2);
  expect(done.indexOf('a:2')).toBeGreaterThan(done.indexOf('a:1'));
  expect(done).toHaveLength(3);
});

test('it goes on when the queue did not answer', async () => {
  const { send, left, start, failNext } = await openQueue();
  failNext({ action: 'ReceiveMessage', failure: { error: 'InternalFailure', status: 500 } });
  start(async () => {}, 1);
  await send('a:1');
  await expect.poll(left).toBe(0);
});

test('closing waits for what is under way and takes nothing more', async () => {
  const { send, left, start } = await openQueue();
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const source = start(async () => {
    started.resolve();
    await finish.promise;
  });
  await send('a:1');
  await started.promise;
  await send('a:2');
  let closed = false;
  const closing = source.close().then(() => {
    closed = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(closed).toBe(false);
  finish.resolve();
  await closing;
  expect(await left()).toBe(1);
});
