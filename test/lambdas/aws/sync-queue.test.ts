import { createHash } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { AwsCall } from '../../../infra/local/aws/aws-call.ts';
import { startAwsDouble } from '../../../infra/local/aws/aws-double.ts';
import { createJsonService } from '../../../infra/local/aws/json-service.ts';
import { createSyncQueue } from '../../../lambdas/aws/sync-queue.ts';
import type { SyncMessage } from '../../../lambdas/sync/mailbox/sync-queue.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';

const queueUrl = 'https://sqs.us-east-1.amazonaws.com/000000000000/sync.fifo';

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageDeduplicationId: string;
}

const messageOf = (number: number): SyncMessage => ({
  kind: 'sync',
  accountId: `account-${number}`,
  generation: 'generation-1',
  jobId: `job-${number}`,
});
const messagesOf = (count: number) => Array.from({ length: count }, (_, index) => messageOf(index));

/** An SQS that takes every message but those of the refused jobs. */
async function open({ refused = [] }: { refused?: readonly string[] } = {}) {
  const calls: AwsCall[] = [];
  const isRefused = (entry: Entry) => refused.includes(entry.MessageDeduplicationId);
  const server = createJsonService({
    GetQueueAttributes: () => ({
      Attributes: { ApproximateNumberOfMessages: '12', ApproximateNumberOfMessagesNotVisible: '3' },
    }),
    SendMessageBatch: (input) => {
      const { Entries: entries } = input as { Entries: Entry[] };
      return {
        Successful: entries
          .filter((entry) => !isRefused(entry))
          .map(({ Id, MessageBody }) => ({
            Id,
            MessageId: Id,
            MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
          })),
        Failed: entries
          .filter(isRefused)
          .map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
      };
    },
  });
  const service = await startAwsDouble(server, 'sqs', (call) => calls.push(call));
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', service.endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  onTestFinished(async () => {
    await service.close();
    vi.unstubAllEnvs();
  });
  const log = recordingLog();
  return { queue: createSyncQueue(queueUrl, { log }), service, calls, log };
}

test('messages go out ten a call, to the endpoint in use whatever host the queue URL names', async () => {
  const { queue, calls, log } = await open();
  expect(await queue.send(messagesOf(23))).toEqual([]);
  const sizes = calls.map(({ input }) => (input['Entries'] as Entry[]).length);
  expect(sizes.toSorted((one, other) => other - one)).toEqual([10, 10, 3]);
  expect(calls.map(({ input }) => input['QueueUrl'])).toEqual([queueUrl, queueUrl, queueUrl]);
  expect(log.lines).toEqual([]);
});

test('a message stands in the group of its account, and a job’s counts once', async () => {
  const { queue, calls } = await open();
  const erase: SyncMessage = { ...messageOf(2), kind: 'erase' };
  await queue.send([messageOf(1), erase]);
  expect(calls[0]?.input['Entries']).toEqual([
    {
      Id: '0',
      MessageBody: JSON.stringify(messageOf(1)),
      MessageGroupId: 'account-1',
      MessageDeduplicationId: 'job-1',
    },
    {
      Id: '1',
      MessageBody: JSON.stringify(erase),
      MessageGroupId: 'account-2',
      MessageDeduplicationId: 'job-2',
    },
  ]);
});

test('those that SQS did not take come back, and only those', async () => {
  const { queue, log } = await open({ refused: ['job-3', 'job-12'] });
  const untaken = await queue.send(messagesOf(15));
  expect(untaken).toHaveLength(2);
  expect(untaken).toEqual(expect.arrayContaining([messageOf(3), messageOf(12)]));
  expect(log.lines).toHaveLength(2);
});

test('a call that fails takes none of its ten, and the others go out', async () => {
  const { queue, service, log } = await open();
  service.failNext({ action: 'SendMessageBatch', failure: { error: 'AccessDenied', status: 403 } });
  const untaken = await queue.send(messagesOf(20));
  expect(untaken).toHaveLength(10);
  expect(log.lines).toEqual([expect.objectContaining({ level: 'error', event: 'sync messages not taken' })]);
});

test('nothing to send is no call', async () => {
  const { queue, calls } = await open();
  expect(await queue.send([])).toEqual([]);
  expect(calls).toEqual([]);
});

test('the queue tells how many messages wait, and how many a worker has', async () => {
  const { queue, calls } = await open();
  expect(await queue.depth()).toEqual({ waiting: 12, inFlight: 3 });
  expect(calls[0]?.input).toMatchObject({ QueueUrl: queueUrl });
});

test('a queue that does not answer has no depth, and the log says so', async () => {
  const { queue, service, log } = await open();
  service.failNext({ action: 'GetQueueAttributes', failure: { error: 'AccessDenied', status: 403 } });
  expect(await queue.depth()).toBeUndefined();
  expect(log.lines).toEqual([expect.objectContaining({ level: 'error', event: 'sync queue not measured' })]);
});
