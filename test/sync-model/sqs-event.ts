import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { ReceivedMessage } from './memory-queue.ts';

/** The event in which Lambda hands messages of the queue to a worker. */
export function eventOf(messages: readonly ReceivedMessage[]): SQSEvent {
  return { Records: messages.map(recordOf) };
}

function recordOf({ id, message, receives }: ReceivedMessage): SQSRecord {
  return {
    messageId: id,
    receiptHandle: id,
    body: JSON.stringify(message),
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: '',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '',
      MessageGroupId: message.accountId,
      MessageDeduplicationId: message.jobId,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: '',
  };
}
