import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import * as v from 'valibot';
import { arnOf, region } from './aws/aws-call.ts';

/** How long to pause, in milliseconds, after a queue did not answer. */
const pauseMilliseconds = 1000;

/** Messages per invocation, as deployed. */
const batchSize = 10;

/** A queue and the function that processes its messages. */
export interface EventSourceOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** Runs the function. When it resolves, the messages are done, except those that it reports as failed. */
  readonly run: (event: SQSEvent) => Promise<unknown>;
  /** The most concurrent invocations; 10 by default. */
  readonly maxConcurrency?: number;
}

/** A queue whose messages invoke a function. */
export interface EventSource {
  /** Stops receiving messages, and waits for the invocations under way. */
  close(): Promise<void>;
}

/**
 * Passes a queue's messages to a function like Lambda's event source with partial batch responses: up to ten per
 * invocation, of one or several groups. Messages that the function reports as failed become visible again after the
 * visibility timeout; so does the whole batch if the invocation fails.
 */
export function startEventSource({
  sqs,
  queueUrl,
  run,
  maxConcurrency = 10,
}: EventSourceOptions): EventSource {
  const stopping = new AbortController();
  const { signal: abortSignal } = stopping;

  async function receive(): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: batchSize,
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ['All'],
    });
    try {
      return (await sqs.send(command, { abortSignal })).Messages ?? [];
    } catch {
      await sleep(pauseMilliseconds, undefined, { signal: abortSignal }).catch(() => {});
      return [];
    }
  }

  async function handle(messages: readonly Message[]): Promise<void> {
    try {
      const failed = failedOf(await run(toSqsEvent(messages, queueUrl)));
      const Entries = messages
        .filter(({ MessageId = '' }) => !failed.has(MessageId))
        .map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle }));
      if (Entries.length === 0) return;
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    } catch {
      // The function's host has logged the failure; the messages are redelivered, as on Lambda.
    }
  }

  async function work(): Promise<void> {
    while (!abortSignal.aborted) {
      const messages = await receive();
      if (messages.length > 0) await handle(messages);
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

const batchResponse = v.nullish(
  v.object({
    batchItemFailures: v.nullish(v.array(v.object({ itemIdentifier: v.pipe(v.string(), v.nonEmpty()) }))),
  }),
);

/**
 * The IDs of the messages that a function reports as failed (AWS Lambda, "Implementing partial batch responses"). A
 * response without the list means that all are done.
 *
 * @throws ValiError for a response of another form, which Lambda treats as a failed batch
 */
export function failedOf(answer: unknown): ReadonlySet<string> {
  const failures = v.parse(batchResponse, answer)?.batchItemFailures ?? [];
  return new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
}

/**
 * The event with which Lambda passes messages of a FIFO queue to a function (AWS Lambda, "Using Lambda with Amazon
 * SQS").
 */
export function toSqsEvent(messages: readonly Message[], queueUrl: string): SQSEvent {
  return { Records: messages.map((message) => toRecord(message, queueUrl)) };
}

function toRecord(message: Message, queueUrl: string): SQSRecord {
  const { Attributes = {} } = message;
  const text = (value: string | undefined) => value ?? '';
  return {
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
    eventSourceARN: arnOf('sqs', queueUrl.split('/').at(-1) ?? ''),
    awsRegion: region,
  };
}
