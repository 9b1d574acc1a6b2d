import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test } from 'vitest';
import { startSqs } from '../../../../infra/local/aws/sqs.ts';
import { openDeadLetters } from '../../../../infra/tools/ops/dead-letters.ts';
import { localCredentials } from '../../../support/local-credentials.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const lostQueue = JSON.stringify({
  deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:lost.fifo',
  maxReceiveCount: 5,
});

test.each([
  [
    'has no redrive policy',
    {},
    'the sync queue has no redrive policy, so no dead letters are kept; deploy the stack Service',
  ],
  [
    'has a redrive policy to a queue that is gone',
    { RedrivePolicy: lostQueue },
    'the dead-letter queue lost.fifo does not exist',
  ],
])('doctor and redrive explain that the sync queue %s', async (_, attributes, reason) => {
  const service = await startSqs(temporaryFolder());
  const sqs = new SQSClient({
    ...localCredentials,
    endpoint: service.endpoint,
    useQueueUrlAsEndpoint: false,
  });
  onTestFinished(async () => {
    sqs.destroy();
    await service.close();
  });
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'sync.fifo', Attributes: { FifoQueue: 'true', ...attributes } }),
  );
  const letters = openDeadLetters(QueueUrl, sqs);
  for (const read of [letters.countDead, letters.take]) {
    await expect(read()).rejects.toMatchObject({
      name: 'ToolError',
      message: expect.stringContaining(reason),
    });
  }
  expect(await letters.countQueue()).toEqual({ waiting: 0, inFlight: 0 });
  expect(await letters.queueArn()).toMatch(/^arn:aws:sqs:.*:sync\.fifo$/);
});
