import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { bundleFunction } from '../../infra/bundle.ts';
import { toSqsEvent } from '../../infra/local/event-source.ts';
import type { Site } from '../support/open-site.ts';
import { type Cost, costSchema } from './cost.ts';
import { variablesOf } from './site-variables.ts';

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

/** Bundles and starts the worker beside a site, whose own must not run. */
export async function startLoneWorker(site: Site, variables: Record<string, string>): Promise<LoneWorker> {
  await bundleFunction('sync-mailbox', site.dataFolder);
  const child = fork(new URL('./worker-process.ts', import.meta.url), {
    env: { ...variablesOf(site), ...variables },
    execArgv: [],
  });
  const order = async (message: object): Promise<Cost> => {
    child.send(message);
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('The worker ended.')));
    const [cost] = await Promise.race([once(child, 'message'), ended]);
    return v.parse(costSchema, cost);
  };
  const entry = pathToFileURL(join(site.dataFolder, 'sync-mailbox', 'index.js')).href;
  const load = await order({ kind: 'load', entry });
  const { sqsEndpoint: endpoint, region, credentials, syncQueueUrl: QueueUrl } = site.aws;
  const sqs = new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
  const receive = new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'] });
  return {
    load,
    runNext: async () => {
      const [message] = (await sqs.send(receive)).Messages ?? [];
      if (message === undefined) return undefined;
      const cost = await order({ kind: 'run', event: toSqsEvent(message, QueueUrl), seconds: 60 });
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      return cost;
    },
    close: () => {
      sqs.destroy();
      child.kill('SIGKILL');
    },
  };
}
