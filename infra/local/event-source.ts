import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import * as v from 'valibot';

/** How long, in milliseconds, to leave a queue alone that did not answer. */
const pauseMilliseconds = 1000;

/** As many messages are handed over at once, as deployed. */
const batchSize = 10;

/** What a queue's messages are handed to. */
export interface EventSourceOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** Runs the function; the messages are done with when it resolves, but those that it names as failed. */
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
 * Hands a queue's messages to a function, as Lambda's event source with partial batch responses: up to ten
 * an invocation, of one group or several. What the function says has failed stays, to be visible again after the
 * queue's time-out; so does the whole batch when the invocation failed.
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
      // The function's host has logged the failure; the messages come again, here as on Lambda.
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
 * The IDs of the messages that a function could not do (AWS Lambda, "Implementing partial batch responses"). An answer
 * that says nothing of it means that all are done.
 *
 * @throws ValiError for an answer of another form: Lambda takes the whole batch for failed then
 */
export function failedOf(answer: unknown): ReadonlySet<string> {
  const failures = v.parse(batchResponse, answer)?.batchItemFailures ?? [];
  return new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
}

/** The event in which Lambda hands messages of a FIFO queue to a function (AWS Lambda, "Using Lambda with Amazon SQS"). */
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
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queueUrl.split('/').at(-1)}`,
    awsRegion: 'us-east-1',
  };
}
