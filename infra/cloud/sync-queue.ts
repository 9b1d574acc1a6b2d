import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { namesOf } from '../names.ts';
import type { Capability, Grantee } from './capability.ts';

/** The queue between dispatcher and workers. Its groups are mailboxes, so one worker at a time has a mailbox. */
export class SyncQueue extends Construct {
  readonly queue: Queue;
  /** Holds the messages that five workers in a row died of. */
  readonly deadLetters: Queue;

  /** @param props.workerTimeout the seconds that a worker has for the messages that it gets at once */
  constructor(
    scope: Construct,
    id: string,
    props: { readonly stage: string; readonly workerTimeout: number },
  ) {
    super(scope, id);
    const kind = { fifo: true, encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...kind,
      queueName: `gmail-offline-access-${props.stage}-sync-dead-letters.fifo`,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      ...kind,
      queueName: namesOf(props.stage).syncQueue,
      retentionPeriod: Duration.days(4),
      // Six times the function's, as the Lambda Developer Guide asks for ("Configuring a queue to use with Lambda").
      visibilityTimeout: Duration.seconds(6 * props.workerTimeout),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
      // Without these two, all mailboxes together share 300 calls a second.
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
    });
  }

  /** Lets a function send messages, and tells it where to. */
  allowSend(grantee: Grantee): void {
    grantee.allow({ actions: ['sqs:SendMessage'], resources: [this.queue.queueArn] });
    grantee.set('syncQueue', this.queue.queueUrl);
  }

  /** Lets a function see how many messages wait. */
  allowMeasure(grantee: Grantee): void {
    grantee.allow({ actions: ['sqs:GetQueueAttributes'], resources: [this.queue.queueArn] });
  }

  /**
   * Starts a function with up to ten messages, in so many workers at once at the most. Lambda takes the messages in
   * the function's name, with the three rights of `AWSLambdaSQSQueueExecutionRole`.
   */
  feed(capability: Capability, workers: number): void {
    capability.to('let Lambda take its messages from the queue, and count them, in its name').allow({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [this.queue.queueArn],
    });
    new EventSourceMapping(this, 'EventSource', {
      target: capability.function,
      eventSourceArn: this.queue.queueArn,
      // So a round of a thousand quiet mailboxes costs as few as a hundred invocations. A message that is done stays in flight until its
      // batch ends, and its mailbox's next message waits; but that is the function's 60 seconds at the most.
      batchSize: 10,
      reportBatchItemFailures: true,
      maxConcurrency: workers,
    });
  }
}
