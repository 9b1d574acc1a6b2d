import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test } from 'vitest';
import { startSqs } from '../../../infra/local/aws/sqs.ts';
import { startSync } from '../../../infra/local/sync.ts';
import { localCredentials } from '../../support/local-credentials.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The sync over a real queue, with a function in place of all. */
async function start(invoke: (functionName: string, event: unknown) => Promise<unknown>) {
  const service = await startSqs(temporaryFolder());
  const sqs = new SQSClient({ ...localCredentials, endpoint: service.endpoint });
  const Attributes = { FifoQueue: 'true' };
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs.fifo', Attributes }));
  const none = 'http://127.0.0.1:9';
  const sync = startSync({
    access: {
      ...localCredentials,
      sqsEndpoint: service.endpoint,
      dynamodbEndpoint: none,
      kmsEndpoint: none,
      secretsManagerEndpoint: none,
      eventBridgeEndpoint: none,
    },
    queueUrl: QueueUrl,
    intervalSeconds: 60,
    invoke,
    clock: Date.now,
  });
  onTestFinished(async () => {
    await sync.close();
    sqs.destroy();
    await service.close();
  });
  const send = (MessageBody: string) =>
    sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [{ Id: '0', MessageBody, MessageGroupId: 'a', MessageDeduplicationId: MessageBody }],
      }),
    );
  return { sync, send };
}

test('clock and queue start the functions of the sync', async () => {
  const started: string[] = [];
  const { send } = await start(async (functionName) => started.push(functionName));
  await send('job');
  await expect
    .poll(() => started.toSorted())
    .toEqual(['changes-publish', 'sync-dispatch', 'sync-mailbox', 'sync-sweep']);
});

test('closing waits for a job under way, but not for one that does not end', async () => {
  const ended: string[] = [];
  const quick = await start(async (functionName) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    ended.push(functionName);
  });
  await quick.sync.close();
  expect(ended).toContain('sync-dispatch');

  const stuck = await start(() => new Promise(() => {}));
  const before = Date.now();
  await stuck.sync.close();
  expect(Date.now() - before).toBeGreaterThanOrEqual(2900);
  expect(Date.now() - before).toBeLessThan(6000);
});
