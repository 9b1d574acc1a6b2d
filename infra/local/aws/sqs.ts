import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { type AwsCall, account, arnOf } from './aws-call.ts';
import { type AwsDouble, startAwsDouble } from './aws-double.ts';
import { eachEntry } from './batch-entries.ts';
import { Faults } from './faults.ts';
import { AwsError, createJsonService, parseRequest } from './json-service.ts';
import { type Delivery, QueueStore, type ReceivedMessage, type SentMessage } from './queue-store.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const byName = v.object({ QueueName: text });
const createRequest = v.object({
  QueueName: v.pipe(text, v.endsWith('.fifo', 'Only FIFO queues are offered here')),
  Attributes: v.optional(v.record(v.string(), v.string()), {}),
});
const attributesRequest = v.object({ QueueUrl: text, AttributeNames: v.optional(v.array(v.string()), []) });
const sendRequest = v.object({
  QueueUrl: text,
  Entries: v.array(
    v.object({
      Id: v.string(),
      MessageBody: text,
      MessageGroupId: v.optional(text),
      MessageDeduplicationId: v.optional(text),
    }),
  ),
});
const receiveRequest = v.object({
  QueueUrl: text,
  MaxNumberOfMessages: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10)), 1),
  VisibilityTimeout: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(43_200))),
  WaitTimeSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(20)), 0),
});
const deleteRequest = v.object({ QueueUrl: text, ReceiptHandle: text });
const deleteBatchRequest = v.object({
  QueueUrl: text,
  Entries: v.array(v.object({ Id: v.string(), ReceiptHandle: text })),
});

const redrivePolicy = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    deadLetterTargetArn: v.string(),
    maxReceiveCount: v.pipe(v.union([v.number(), v.string()]), v.transform(Number)),
  }),
);

/** The default visibility timeout of a queue (CreateQueue in the SQS API reference). */
const usualVisibilitySeconds = 30;

/** The total size of the bodies in one batch (SQS message quotas; a queue's default MaximumMessageSize). */
const mostBatchBytes = 1_048_576;

/**
 * A small Amazon SQS: FIFO queues on disk, ordered within a group, with one receiver at a time for a group,
 * deduplication IDs, visibility timeout, long polling and redrive to a dead-letter queue.
 *
 * @throws StartError if the file is damaged
 */
export async function startSqs(
  folder: string,
  onCall?: (call: AwsCall) => void,
  clock: () => number = Date.now,
): Promise<AwsDouble> {
  const store = new QueueStore(folder, clock);
  const faults = new Faults();
  const stopped = new AbortController();
  let arrival = Promise.withResolvers<void>();

  /** Makes waiting receivers check again. */
  function wakeReceivers(): void {
    arrival.resolve();
    arrival = Promise.withResolvers();
  }

  /** A queue is identified by its name, whatever host and port its URL has, because the port changes with a restart. */
  function findQueue(name: string): { name: string; attributes: Record<string, string> } {
    const attributes = store.findQueue(name);
    if (attributes === undefined) {
      throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    }
    return { name, attributes };
  }

  const findByUrl = (url: string) => findQueue(nameIn(url, '/'));

  /** @throws AwsError if the handle belongs to another queue or to none, or the message is visible again */
  function remove(queue: string, handle: string): void {
    const refusal = store.delete(queue, handle);
    if (refusal === 'expired') {
      throw new AwsError(
        'InvalidParameterValue',
        `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
      );
    }
    if (refusal !== undefined) {
      throw new AwsError(
        'ReceiptHandleIsInvalid',
        refusal === 'foreign'
          ? `The receipt handle "${handle}" is not valid for this queue.`
          : `The input receipt handle "${handle}" is not a valid receipt handle.`,
      );
    }
  }

  const server = createJsonService(
    {
      CreateQueue(input) {
        const { QueueName, Attributes } = parseRequest(createRequest, input);
        const existing = store.findQueue(QueueName);
        if (
          existing !== undefined &&
          Object.entries(Attributes).some(([key, own]) => existing[key] !== own)
        ) {
          throw new AwsError('QueueNameExists', 'A queue of this name exists with other attributes.');
        }
        if (existing === undefined) store.putQueue(QueueName, Attributes);
        return { QueueUrl: queueUrl(double.endpoint, QueueName) };
      },
      GetQueueUrl(input) {
        const { name } = findQueue(parseRequest(byName, input).QueueName);
        return { QueueUrl: queueUrl(double.endpoint, name) };
      },
      GetQueueAttributes(input) {
        const { QueueUrl, AttributeNames: asked } = parseRequest(attributesRequest, input);
        const { name, attributes } = findByUrl(QueueUrl);
        const { waiting, inFlight } = store.count(name);
        const all = {
          ...attributes,
          QueueArn: arnOf('sqs', name),
          ApproximateNumberOfMessages: String(waiting),
          ApproximateNumberOfMessagesNotVisible: String(inFlight),
        };
        const given = Object.entries(all).filter(([key]) => asked.includes('All') || asked.includes(key));
        return given.length === 0 ? {} : { Attributes: Object.fromEntries(given) };
      },
      SendMessageBatch(input) {
        const { QueueUrl, Entries } = parseRequest(sendRequest, input);
        const { name } = findByUrl(QueueUrl);
        const injected = faults.nextEntryError('SendMessageBatch');
        const outcome = eachEntry(messagesOf(Entries), injected, (message) => {
          const { id, sequence } = store.add(name, message);
          const SequenceNumber = sequenceNumber(sequence);
          return { MessageId: id, MD5OfMessageBody: md5(message.body), SequenceNumber };
        });
        wakeReceivers();
        return outcome;
      },
      async ReceiveMessage(input) {
        const request = parseRequest(receiveRequest, input);
        const { name, attributes } = findByUrl(request.QueueUrl);
        const delivery = deliveryOf(attributes, request.VisibilityTimeout);
        const deadline = Date.now() + request.WaitTimeSeconds * 1000;
        while (true) {
          const messages = store.take(name, delivery, request.MaxNumberOfMessages);
          const left = deadline - Date.now();
          if (messages.length > 0 || left <= 0 || stopped.signal.aborted) {
            return messages.length > 0 ? { Messages: messages.map(toWire) } : {};
          }
          const waited = new AbortController();
          await Promise.race([
            arrival.promise,
            sleep(Math.min(left, store.untilVisible(name)), undefined, { signal: waited.signal }).catch(
              () => {},
            ),
          ]);
          waited.abort();
        }
      },
      DeleteMessage(input) {
        const { QueueUrl, ReceiptHandle } = parseRequest(deleteRequest, input);
        remove(findByUrl(QueueUrl).name, ReceiptHandle);
        wakeReceivers();
        return {};
      },
      DeleteMessageBatch(input) {
        const { QueueUrl, Entries } = parseRequest(deleteBatchRequest, input);
        const { name } = findByUrl(QueueUrl);
        const injected = faults.nextEntryError('DeleteMessageBatch');
        const outcome = eachEntry(Entries, injected, ({ ReceiptHandle }) => {
          remove(name, ReceiptHandle);
          return {};
        });
        wakeReceivers();
        return outcome;
      },
    },
    '1.0',
  );
  const double = await startAwsDouble(server, 'sqs', onCall, faults);
  return {
    ...double,
    async close() {
      if (stopped.signal.aborted) return;
      stopped.abort();
      wakeReceivers();
      await double.close();
      store.close();
    },
  };
}

function queueUrl(endpoint: string, name: string): string {
  return `${endpoint}/${account}/${name}`;
}

function nameIn(path: string, separator: string): string {
  return path.split(separator).at(-1) ?? '';
}

/** @throws AwsError if the messages are too large together, or one lacks a field that a FIFO queue requires */
function messagesOf(
  entries: v.InferOutput<typeof sendRequest>['Entries'],
): readonly (SentMessage & { readonly Id: string })[] {
  const bytes = entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0);
  if (bytes > mostBatchBytes) {
    const most = `Batch requests cannot be longer than ${mostBatchBytes} bytes.`;
    throw new AwsError('BatchRequestTooLong', `${most} You have sent ${bytes} bytes.`);
  }
  return entries.map(({ Id, MessageBody: body, MessageGroupId, MessageDeduplicationId }) => ({
    Id,
    body,
    groupId: given(MessageGroupId, 'The request must contain the parameter MessageGroupId.'),
    deduplicationId: given(
      MessageDeduplicationId,
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    ),
  }));
}

function given(value: string | undefined, otherwise: string): string {
  if (value === undefined) throw new AwsError('InvalidParameterValue', otherwise);
  return value;
}

function deliveryOf(attributes: Readonly<Record<string, string>>, asked: number | undefined): Delivery {
  const seconds = asked ?? Number(attributes['VisibilityTimeout'] ?? usualVisibilitySeconds);
  const policy = attributes['RedrivePolicy'];
  const parsed = policy === undefined ? undefined : v.parse(redrivePolicy, policy);
  return {
    visibilityMilliseconds: seconds * 1000,
    redrive: parsed && {
      maxReceiveCount: parsed.maxReceiveCount,
      deadQueue: nameIn(parsed.deadLetterTargetArn, ':'),
    },
  };
}

function toWire(message: ReceivedMessage): object {
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5(message.body),
    Body: message.body,
    Attributes: {
      ApproximateReceiveCount: String(message.receiveCount),
      SentTimestamp: String(message.sentAt),
      SenderId: account,
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
      MessageGroupId: message.groupId,
      MessageDeduplicationId: message.deduplicationId,
      SequenceNumber: sequenceNumber(message.sequence),
    },
  };
}

/** Twenty digits, as at SQS. */
function sequenceNumber(sequence: number): string {
  return String(sequence).padStart(20, '0');
}

function md5(body: string): string {
  return createHash('md5').update(body).digest('hex');
}
