import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { Problem } from '../errors.ts';
import { describeError, type LogFields, type Logger } from '../log.ts';
import { countsOf, type Metrics } from '../metrics.ts';
import { eachGroup } from './each-group.ts';
import { parseSyncMessage, type SyncMessage, UnknownSyncMessage } from './mailbox/sync-queue.ts';

interface BatchProcessor {
  /**
   * Processes one message.
   *
   * @param delivery how often the queue has delivered it, this time included
   * @throws if the queue is to deliver it again
   */
  readonly work: (message: SyncMessage, delivery: number) => Promise<void>;
  readonly log: Logger;
  /** Counts failed messages: to Lambda, an invocation that answers has not failed. */
  readonly metrics: Metrics;
}

/**
 * Processes the messages of an event: mailboxes in parallel, the messages of one mailbox in the queue's order. A
 * failure keeps back only the later messages of its own mailbox.
 *
 * @returns the messages that the queue is to deliver again
 */
export async function processBatch(
  { Records: records }: SQSEvent,
  { work, log, metrics }: BatchProcessor,
): Promise<SQSBatchResponse> {
  let failures = 0;
  const unprocessed = await eachGroup(records, {
    groupOf,
    work: async ({ body, attributes }) => {
      await work(parseSyncMessage(body), Number(attributes.ApproximateReceiveCount));
    },
    onFailure: (record, error) => {
      failures += 1;
      log.error({ event: 'message failed', ...describeFailure(record, error) });
    },
  });
  metrics(countsOf({ FailedJobs: failures }));
  return { batchItemFailures: unprocessed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/** The queue's group, which is the account. */
function groupOf({ attributes }: SQSRecord): string {
  return attributes.MessageGroupId ?? '';
}

function describeFailure(record: SQSRecord, error: unknown): Omit<LogFields, 'event'> {
  // A message that is not the sync's may have any group.
  if (error instanceof UnknownSyncMessage) return describeError(error);
  const accountId = groupOf(record);
  if (!(error instanceof Problem)) return { accountId, ...describeError(error) };
  return { accountId, code: error.code, ...describeError(error.cause ?? error) };
}
