import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { startSqs } from '../../../infra/local/aws/sqs.ts';
import { type EventSourceOptions, startEventSource } from '../../../infra/local/event-source.ts';
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

const bodyOf = ({ Records }: SQSEvent) => Records.map(({ body }) => body).join();

test('a message arrives as Lambda hands it over, and is deleted when the function succeeds', async () => {
  const { send, left, start } = await openQueue();
  const events: SQSEvent[] = [];
  start(async (event) => events.push(event));
  await send('ada:{"kind":"sync"}');
  await expect.poll(left, { timeout: 10_000 }).toBe(0);
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

test('a message whose function failed comes again after the time-out, before others of its group', async () => {
  const { send, left, start } = await openQueue();
  const seen: string[] = [];
  start(async (event) => {
    const [record] = event.Records;
    seen.push(`${bodyOf(event)} ${record?.attributes.ApproximateReceiveCount}`);
    if (seen.length === 1) throw new Error('the first attempt fails');
  });
  const before = Date.now();
  await send('a:1', 'a:2');
  await expect.poll(left, { timeout: 10_000 }).toBe(0);
  expect(seen).toEqual(['a:1 1', 'a:1 2', 'a:2 1']);
  expect(Date.now() - before).toBeGreaterThanOrEqual(1000);
});

test('messages of different groups run side by side, as many as allowed; those of one group in turn', async () => {
  const { send, left, start } = await openQueue();
  let underWay = 0;
  let most = 0;
  const done: string[] = [];
  await send('a:1', 'a:2', 'b:1', 'c:1');
  start(async (event) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, 100));
    done.push(bodyOf(event));
    underWay -= 1;
  }, 2);
  await expect.poll(left, { timeout: 10_000 }).toBe(0);
  expect(most).toBe(2);
  expect(done.indexOf('a:2')).toBeGreaterThan(done.indexOf('a:1'));
  expect(done).toHaveLength(4);
});

test('it goes on when the queue did not answer', async () => {
  const { send, left, start, failNext } = await openQueue();
  failNext({ action: 'ReceiveMessage', failure: { error: 'InternalFailure', status: 500 } });
  start(async () => {}, 1);
  await send('a:1');
  await expect.poll(left, { timeout: 10_000 }).toBe(0);
});

test('closing waits for what is under way and takes nothing more', async () => {
  const { send, left, start } = await openQueue();
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const source = start(async () => {
    started.resolve();
    await finish.promise;
  });
  await send('a:1', 'a:2');
  await started.promise;
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
