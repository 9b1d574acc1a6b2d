import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { bundleFunction } from '../../infra/bundle.ts';
import { toSqsEvent } from '../../infra/local/event-source.ts';
import { tables } from '../../infra/tables.ts';
import type { Site } from '../support/site.ts';
import { type Cost, costSchema } from './cost.ts';

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
    env: { ...environmentOf(site), ...variables },
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

/** What the functions of the site are told. */
function environmentOf({ aws, google }: Site): Record<string, string> {
  const names: Readonly<Record<string, string>> = aws.tableNames;
  return {
    ...Object.fromEntries(
      Object.entries(tables).map(([name, { variable }]) => [variable, names[name] ?? '']),
    ),
    TOKEN_KEY: aws.tokenKey,
    CLIENT_SECRET_ID: aws.clientSecretId,
    SYNC_QUEUE_URL: aws.syncQueueUrl,
    AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbEndpoint,
    AWS_ENDPOINT_URL_KMS: aws.kmsEndpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.secretsManagerEndpoint,
    AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    GOOGLE_ISSUER: google.origin,
    GOOGLE_TOKEN_ENDPOINT: `${google.origin}/token`,
    GMAIL_ROOT_URL: `${google.origin}/`,
  };
}
