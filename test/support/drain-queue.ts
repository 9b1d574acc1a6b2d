import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { toSqsEvent } from '../../infra/local/event-source.ts';
import type { Site } from './site.ts';
import { workOn } from './work-on.ts';

/** Runs the worker with every message of the sync queue, and with those that come of it, until there are none. */
export async function drainQueue({ aws, invoke }: Pick<Site, 'aws' | 'invoke'>): Promise<void> {
  const { sqsEndpoint: endpoint, region, credentials, syncQueueUrl: QueueUrl } = aws;
  const sqs = new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
  const receive = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 1,
    MessageSystemAttributeNames: ['All'],
  });
  try {
    for (;;) {
      const [message] = (await sqs.send(receive)).Messages ?? [];
      if (message === undefined) return;
      await workOn({ invoke }, toSqsEvent([message], QueueUrl));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
  } finally {
    sqs.destroy();
  }
}
