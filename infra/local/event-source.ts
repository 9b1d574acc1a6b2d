import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';

/** How long, in milliseconds, to leave a queue alone that did not answer. */
const pauseMilliseconds = 1000;

/** What a queue's messages are handed to. */
export interface EventSourceOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** Runs the function; a message is done with when it resolves. */
  readonly run: (event: SQSEvent) => Promise<unknown>;
  /** How many invocations there may be at once; 10 unless said otherwise. */
  readonly maxConcurrency?: number;
}

/** A queue whose messages start a function. */
export interface EventSource {
  /** Takes no more messages, and waits for the invocations under way. */
  close(): Promise<void>;
}

/**
 * Hands a queue's messages to a function, one an invocation, as Lambda's event source with batch size 1. A message
 * whose invocation failed stays, to be visible again after the queue's time-out.
 */
export function startEventSource({
  sqs,
  queueUrl,
  run,
  maxConcurrency = 10,
}: EventSourceOptions): EventSource {
  const stopping = new AbortController();
  const { signal: abortSignal } = stopping;

  async function receive(): Promise<Message | undefined> {
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 1,
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ['All'],
    });
    try {
      const { Messages = [] } = await sqs.send(command, { abortSignal });
      return Messages[0];
    } catch {
      await sleep(pauseMilliseconds, undefined, { signal: abortSignal }).catch(() => {});
      return undefined;
    }
  }

  async function handle(message: Message): Promise<void> {
    try {
      await run(toSqsEvent(message, queueUrl));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
    } catch {
      // The function's host has logged the failure; the message comes again, here as on Lambda.
    }
  }

  async function work(): Promise<void> {
    while (!abortSignal.aborted) {
      const message = await receive();
      if (message !== undefined) await handle(message);
    }
  }

  const workers = Array.from({ length: maxConcurrency }, work);
  return {
    async close() {
      stopping.abort();
      await Promise.all(workers);
    },
  };
}

/** The event in which Lambda hands a message of a FIFO queue to a function (AWS Lambda, "Using Lambda with Amazon SQS"). */
export function toSqsEvent(message: Message, queueUrl: string): SQSEvent {
  const { Attributes = {} } = message;
  const text = (value: string | undefined) => value ?? '';
  return {
    Records: [
      {
        messageId: text(message.MessageId),
        receiptHandle: text(message.ReceiptHandle),
        body: text(message.Body),
        attributes: {
          ApproximateReceiveCount: text(Attributes.ApproximateReceiveCount),
          SentTimestamp: text(Attributes.SentTimestamp),
          SequenceNumber: text(Attributes.SequenceNumber),
          MessageGroupId: text(Attributes.MessageGroupId),
          SenderId: text(Attributes.SenderId),
          MessageDeduplicationId: text(Attributes.MessageDeduplicationId),
          ApproximateFirstReceiveTimestamp: text(Attributes.ApproximateFirstReceiveTimestamp),
        },
        messageAttributes: {},
        md5OfBody: text(message.MD5OfBody),
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queueUrl.split('/').at(-1)}`,
        awsRegion: 'us-east-1',
      },
    ],
  };
}
