import { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describeError, type Logger, log as processLog } from '../log.ts';
import type { MeasuredQueue, SyncMessage } from '../sync/mailbox/sync-queue.ts';
import { clientOptions } from './client-options.ts';
import { chunksOf, eachConcurrently } from './concurrently.ts';

/** The limit of one call (SQS, SendMessageBatch). */
const batchSize = 10;

/** Otherwise the SDK would send to the queue URL's host and ignore the endpoint variable. */
const connectQueue = () => new SQSClient({ ...clientOptions, useQueueUrlAsEndpoint: false });

/**
 * The FIFO queue of the sync. The group is the account, so one worker at a time processes a mailbox. The deduplication
 * ID is the job, so a retried send arrives once. A message counts as not sent unless SQS confirmed it; if it arrives
 * nevertheless, its job finds its claim returned and does nothing.
 */
export function createSyncQueue(
  queueUrl: string,
  { client = connectQueue(), log = processLog }: { client?: SQSClient; log?: Logger } = {},
): MeasuredQueue {
  async function sendBatch(batch: readonly SyncMessage[]): Promise<readonly SyncMessage[]> {
    const command = new SendMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: batch.map((message, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify(message),
        MessageGroupId: message.accountId,
        MessageDeduplicationId: message.jobId,
      })),
    });
    try {
      const { Successful: taken = [], Failed: failed = [] } = await client.send(command);
      const [failure] = failed;
      if (failure !== undefined) log.warn({ event: 'sync messages not taken', errorCode: failure.Code });
      const ids = new Set(taken.map(({ Id: id }) => id));
      return batch.filter((_, index) => !ids.has(String(index)));
    } catch (error) {
      log.error({ event: 'sync messages not taken', ...describeError(error) });
      return batch;
    }
  }

  return {
    send: async (messages) => {
      const untaken: SyncMessage[] = [];
      await eachConcurrently(chunksOf(messages, batchSize), async (batch) => {
        untaken.push(...(await sendBatch(batch)));
      });
      return untaken;
    },
    depth: async () => {
      const command = new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      });
      try {
        const { Attributes: counts = {} } = await client.send(command);
        return {
          waiting: Number(counts['ApproximateNumberOfMessages'] ?? 0),
          inFlight: Number(counts['ApproximateNumberOfMessagesNotVisible'] ?? 0),
        };
      } catch (error) {
        log.error({ event: 'sync queue not measured', ...describeError(error) });
        return undefined;
      }
    },
  };
}
