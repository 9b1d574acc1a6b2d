import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { clientOptions } from '../../../lambdas/aws/client-options.ts';
import { ToolError } from '../tool-error.ts';

/** A message that failed in every worker. */
export interface DeadLetter {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
}

interface QueueCounts {
  readonly waiting: number;
  readonly inFlight: number;
}

/** The dead-letter queue of the sync queue, and the sync queue's own counts and ARN. */
export interface DeadLetters {
  countQueue(): Promise<QueueCounts>;
  queueArn(): Promise<string>;
  countDead(): Promise<QueueCounts>;
  /** Returns up to ten, in the order of their groups; other receivers do not see them for two minutes. */
  take(): Promise<readonly DeadLetter[]>;
  drop(letter: DeadLetter): Promise<void>;
}

const policy = v.pipe(v.string(), v.parseJson(), v.object({ deadLetterTargetArn: v.string() }));

/** SQS returns no attributes object if the queue has none of them. */
const redrive = v.optional(v.object({ RedrivePolicy: v.optional(policy) }), {});

const remedy = 'deploy the stack Service again, which makes the queue and its policy as they should be';

const received = v.array(v.object({ MessageId: v.string(), Body: v.string(), ReceiptHandle: v.string() }));

const arn = v.object({ QueueArn: v.string() });

const count = v.pipe(v.string(), v.transform(Number));

const counts = v.pipe(
  v.object({ ApproximateNumberOfMessages: count, ApproximateNumberOfMessagesNotVisible: count }),
  v.transform((read) => ({
    waiting: read.ApproximateNumberOfMessages,
    inFlight: read.ApproximateNumberOfMessagesNotVisible,
  })),
);

/** Finds the dead letters by the redrive policy of the sync queue, at the first use. */
export function openDeadLetters(
  queueUrl: string,
  sqs = new SQSClient({ ...clientOptions, useQueueUrlAsEndpoint: false }),
): DeadLetters {
  async function attributesOf(QueueUrl: string, ...names: QueueAttributeName[]): Promise<unknown> {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: names });
    return (await sqs.send(command)).Attributes;
  }

  async function countOf(url: string): Promise<QueueCounts> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    return v.parse(counts, await attributesOf(url, ...names));
  }

  let known: string | undefined;
  async function deadUrl(): Promise<string> {
    if (known !== undefined) return known;
    const { RedrivePolicy } = v.parse(redrive, await attributesOf(queueUrl, 'RedrivePolicy'));
    if (RedrivePolicy === undefined) {
      throw new ToolError(`the sync queue has no redrive policy, so no dead letters are kept; ${remedy}`);
    }
    const name = RedrivePolicy.deadLetterTargetArn.split(':').at(-1);
    known = await urlOf(name ?? '');
    return known;
  }

  async function urlOf(name: string): Promise<string> {
    try {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
      return v.parse(v.string(), QueueUrl);
    } catch (error) {
      if (!(error instanceof QueueDoesNotExist)) throw error;
      throw new ToolError(`the dead-letter queue ${name} does not exist; ${remedy}`);
    }
  }

  return {
    countQueue: () => countOf(queueUrl),
    queueArn: async () => v.parse(arn, await attributesOf(queueUrl, 'QueueArn')).QueueArn,
    countDead: async () => countOf(await deadUrl()),
    take: async () => {
      const command = new ReceiveMessageCommand({
        QueueUrl: await deadUrl(),
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 120,
        // Without a wait time, SQS queries only some of its servers.
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
