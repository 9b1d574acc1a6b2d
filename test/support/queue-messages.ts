import { randomUUID } from 'node:crypto';
import {
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import * as v from 'valibot';
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
    event: toSqsEvent([message], QueueUrl),
    body: message.Body ?? '',
    done: async () => {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      sqs.destroy();
    },
  };
}

/** Messages that nobody else works on yet. */
export interface TakenBatch {
  readonly event: SQSEvent;
  /** Acknowledges all but those that failed. */
  done(failed?: ReadonlySet<string>): Promise<void>;
}

/**
 * Takes up to ten messages, as Lambda does for one run of the worker.
 *
 * @param visibility seconds until the queue gives them out again, unless they are done
 */
export async function takeBatch({ aws }: Pick<Site, 'aws'>, visibility?: number): Promise<TakenBatch> {
  const { sqsEndpoint: endpoint, region, credentials, syncQueueUrl: QueueUrl } = aws;
  const sqs = new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
  const receive = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All'],
    ...(visibility !== undefined && { VisibilityTimeout: visibility }),
  });
  const { Messages: messages = [] } = await sqs.send(receive);
  return {
    event: toSqsEvent(messages, QueueUrl),
    done: async (failed = new Set()) => {
      const Entries = messages
        .filter(({ MessageId = '' }) => !failed.has(MessageId))
        .map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
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

const ofAccount = v.object({ accountId: v.string() });

/** The event of messages, as the queue would deliver them: each in the group of its account, if it names one. */
export function eventOf(...bodies: readonly unknown[]): SQSEvent {
  const messages = bodies.map((body, index) => ({
    MessageId: `message-${index}`,
    Body: typeof body === 'string' ? body : JSON.stringify(body),
    Attributes: { ApproximateReceiveCount: '1', MessageGroupId: groupOf(body) },
  }));
  return toSqsEvent(messages, 'http://localhost/sync.fifo');
}

function groupOf(body: unknown): string {
  const json = v.safeParse(v.pipe(v.string(), v.parseJson()), body);
  const parsed = v.safeParse(ofAccount, json.success ? json.output : body);
  return parsed.success ? parsed.output.accountId : 'nobody';
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
