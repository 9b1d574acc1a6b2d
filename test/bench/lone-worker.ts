import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { toSqsEvent } from '../../infra/local/event-source.ts';
import type { Site } from '../support/open-site.ts';
import { handlerFile } from './handlers.ts';
import { startLoneProcess } from './lone-process.ts';
import type { Cost } from './process-cost.ts';

/** How long the worker may take for a job, in seconds. */
const seconds = 60;

/** The worker as it is deployed, alone in a process. */
export interface LoneWorker {
  /** What loading it took. */
  readonly load: Cost;
  /**
   * Runs it with the next message of the sync queue.
   *
   * @returns undefined when the queue is empty
   */
  runNext(): Promise<Cost | undefined>;
  close(): void;
}

/** Starts the worker, which `makeHandlers` has made, beside a site, whose own must not run. */
export async function startLoneWorker(site: Site, variables: Record<string, string>): Promise<LoneWorker> {
  const worker = await startLoneProcess(handlerFile('sync-mailbox'), {
    seconds,
    variables: { ...site.variables, ...variables },
  });
  const { sqsEndpoint: endpoint, region, credentials, syncQueueUrl: QueueUrl } = site.aws;
  const sqs = new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
  const receive = new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'] });
  return {
    load: worker.load,
    runNext: async () => {
      const [message] = (await sqs.send(receive)).Messages ?? [];
      if (message === undefined) return undefined;
      const cost = await worker.run(toSqsEvent([message], QueueUrl));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      return cost;
    },
    close: () => {
      sqs.destroy();
      worker.close();
    },
  };
}
