import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { namesOf } from '../names.ts';
import type { Capability, Grantee } from './capability.ts';

/** The queue between dispatcher and workers. Its groups are mailboxes, so one worker at a time processes a mailbox. */
export class SyncQueue extends Construct {
  readonly queue: Queue;
  /** Messages that failed in five workers in a row. */
  readonly deadLetters: Queue;

  /** @param props.workerTimeout the seconds that a worker has for one batch */
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
      // Six times the function's timeout, as the Lambda Developer Guide requires ("Configuring a queue to use with
      // Lambda").
      visibilityTimeout: Duration.seconds(6 * props.workerTimeout),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
      // Without these two, all mailboxes together are limited to 300 calls a second.
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
    });
  }

  /** Lets a function send messages, and sets the queue's URL. */
  allowSend(grantee: Grantee): void {
    grantee.allow({ actions: ['sqs:SendMessage'], resources: [this.queue.queueArn] });
    grantee.set('syncQueue', this.queue.queueUrl);
  }

  /** Lets a function read how many messages wait. */
  allowMeasure(grantee: Grantee): void {
    grantee.allow({ actions: ['sqs:GetQueueAttributes'], resources: [this.queue.queueArn] });
  }

  /**
   * Invokes a function with up to ten messages, in at most this many concurrent workers. Lambda polls with the
   * function's role, which needs the three rights of `AWSLambdaSQSQueueExecutionRole`.
   */
  feed(capability: Capability, workers: number): void {
    capability.to('let Lambda take its messages from the queue, and count them, in its name').allow({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [this.queue.queueArn],
    });
    new EventSourceMapping(this, 'EventSource', {
      target: capability.function,
      eventSourceArn: this.queue.queueArn,
      // A round of a thousand quiet mailboxes then costs as few as a hundred invocations. A finished message stays in
      // flight until its batch ends, so its mailbox's next message waits, but at most for the function's 60 seconds.
      batchSize: 10,
      reportBatchItemFailures: true,
      maxConcurrency: workers,
    });
  }
}
