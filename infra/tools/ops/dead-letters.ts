import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { clientOptions } from '../../../lambdas/aws/client-options.ts';

/** A message that no worker could handle. */
export interface DeadLetter {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
}

/** How many messages wait. */
export interface QueueCounts {
  readonly waiting: number;
  readonly inFlight: number;
}

/** The dead-letter queue of the sync queue, and the sync queue's own counts. */
export interface DeadLetters {
  countQueue(): Promise<QueueCounts>;
  countDead(): Promise<QueueCounts>;
  /** Up to ten, in the order of their groups; nobody else sees them for two minutes. */
  take(): Promise<readonly DeadLetter[]>;
  drop(letter: DeadLetter): Promise<void>;
}

const policy = v.pipe(v.string(), v.parseJson(), v.object({ deadLetterTargetArn: v.string() }));

const received = v.array(v.object({ MessageId: v.string(), Body: v.string(), ReceiptHandle: v.string() }));

const count = v.pipe(v.string(), v.transform(Number));

const counts = v.object({
  ApproximateNumberOfMessages: count,
  ApproximateNumberOfMessagesNotVisible: count,
});

/** Finds the dead letters by the redrive policy of the sync queue, when they are first asked for. */
export function openDeadLetters(queueUrl: string): DeadLetters {
  const sqs = new SQSClient({ ...clientOptions, useQueueUrlAsEndpoint: false });

  async function attributesOf(QueueUrl: string, ...names: QueueAttributeName[]): Promise<unknown> {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: names });
    return (await sqs.send(command)).Attributes;
  }

  async function countOf(url: string): Promise<QueueCounts> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const read = v.parse(counts, await attributesOf(url, ...names));
    return {
      waiting: read.ApproximateNumberOfMessages,
      inFlight: read.ApproximateNumberOfMessagesNotVisible,
    };
  }

  let known: string | undefined;
  async function deadUrl(): Promise<string> {
    if (known !== undefined) return known;
    const attributes = await attributesOf(queueUrl, 'RedrivePolicy');
    const { RedrivePolicy } = v.parse(v.object({ RedrivePolicy: policy }), attributes);
    const name = RedrivePolicy.deadLetterTargetArn.split(':').at(-1);
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    known = v.parse(v.string(), QueueUrl);
    return known;
  }

  return {
    countQueue: () => countOf(queueUrl),
    countDead: async () => countOf(await deadUrl()),
    take: async () => {
      const command = new ReceiveMessageCommand({
        QueueUrl: await deadUrl(),
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 120,
        // Without a wait, SQS asks only some of its servers.
        WaitTimeSeconds: 1,
      });
      const { Messages: messages = [] } = await sqs.send(command);
      return v
        .parse(received, messages)
        .map(({ MessageId: id, Body: body, ReceiptHandle: receipt }) => ({ id, body, receipt }));
    },
    drop: async ({ receipt }) => {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: await deadUrl(), ReceiptHandle: receipt }));
    },
  };
}
