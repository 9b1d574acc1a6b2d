import { randomUUID } from 'node:crypto';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { toSqsEvent } from '../../infra/local/event-source.ts';
import type { Site } from './site.ts';

/** A message of the sync queue that nobody works on yet: its group waits until it is done. */
export interface TakenMessage {
  readonly event: SQSEvent;
  readonly body: string;
  /** Acknowledges it. */
  done(): Promise<void>;
}

/**
 * Takes the oldest message whose group waits for nothing.
 *
 * @param visibility seconds until the queue gives it out again, unless it is done
 */
export async function takeMessage(
  { aws }: Pick<Site, 'aws'>,
  visibility?: number,
): Promise<TakenMessage | undefined> {
  const { sqsEndpoint: endpoint, region, credentials, syncQueueUrl: QueueUrl } = aws;
  const sqs = new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
  const receive = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 1,
    MessageSystemAttributeNames: ['All'],
    ...(visibility !== undefined && { VisibilityTimeout: visibility }),
  });
  const [message] = (await sqs.send(receive)).Messages ?? [];
  if (message === undefined) {
    sqs.destroy();
    return undefined;
  }
  return {
    event: toSqsEvent(message, QueueUrl),
    body: message.Body ?? '',
    done: async () => {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      sqs.destroy();
    },
  };
}

/** Puts a message into the queue, in the group of an account. */
export async function putMessage({ aws }: Pick<Site, 'aws'>, accountId: string, body: string): Promise<void> {
  const { sqsEndpoint: endpoint, region, credentials, syncQueueUrl: QueueUrl } = aws;
  const sqs = new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
  const entry = {
    Id: '0',
    MessageBody: body,
    MessageGroupId: accountId,
    MessageDeduplicationId: randomUUID(),
  };
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [entry] }));
  sqs.destroy();
}

/** The event of a message, as the queue would deliver it. */
export function eventOf(...bodies: readonly unknown[]): SQSEvent {
  const Records = bodies.flatMap((body, index) => {
    const Body = typeof body === 'string' ? body : JSON.stringify(body);
    const { Records: records } = toSqsEvent(
      { MessageId: `message-${index}`, Body, Attributes: { ApproximateReceiveCount: '1' } },
      'http://localhost/sync.fifo',
    );
    return records;
  });
  return { Records };
}

/** The event as the queue delivers it once more, after nobody has acknowledged it. */
export function again({ Records }: SQSEvent): SQSEvent {
  return {
    Records: Records.map((record) => ({
      ...record,
      attributes: {
        ...record.attributes,
        ApproximateReceiveCount: String(Number(record.attributes.ApproximateReceiveCount) + 1),
      },
    })),
  };
}
