import { createHash } from 'node:crypto';
import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { resourceNames } from '../../infra/local/resources.ts';
import { tables } from '../../infra/tables.ts';
import { runTool } from './run-tool.ts';
import type { Site } from './site.ts';

/** How an operator's command ended. */
export interface OperatorRun {
  readonly code: number;
  /** What it told programs; a missing field is undefined, and an assertion then fails. */
  readonly told: Readonly<Record<string, unknown>>;
  readonly stderr: string;
}

/** Runs an operator's command against a site, as a program does; `typed` is what the operator types. */
export async function operate(site: Site, args: readonly string[], typed = ''): Promise<OperatorRun> {
  const variables = { DATA_DIR: site.dataFolder };
  const { code, stdout, stderr } = await runTool('ops', [...args, '--local', '--json'], variables, typed);
  return { code, told: stdout === '' ? {} : JSON.parse(stdout), stderr };
}

/** A hash of all that stands in the tables. */
export async function everything(site: Site): Promise<string> {
  const names = Object.keys(tables) as (keyof typeof tables)[];
  const all = await Promise.all(
    names.map(async (name) => (await site.items(name)).map((item) => JSON.stringify(item)).sort()),
  );
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** Puts messages among the dead letters, as SQS does with what five workers died of. */
export async function bury(site: Site, bodies: readonly string[]): Promise<void> {
  await withDeadLetters(site, async (sqs, QueueUrl) => {
    const Entries = bodies.map((MessageBody, index) => ({
      Id: String(index),
      MessageBody,
      MessageGroupId: `group-${index}`,
      MessageDeduplicationId: createHash('sha256').update(`${MessageBody}${Date.now()}`).digest('hex'),
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  });
}

/** Does something while somebody holds a dead letter, which is deleted then. */
export async function whileHeld(site: Site, work: () => Promise<void>): Promise<void> {
  await withDeadLetters(site, async (sqs, QueueUrl) => {
    const { Messages: [held] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    await work();
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: held?.ReceiptHandle }));
  });
}

async function withDeadLetters(
  site: Site,
  work: (sqs: SQSClient, queueUrl: string | undefined) => Promise<void>,
): Promise<void> {
  const { sqsEndpoint: endpoint, region, credentials } = site.aws;
  const sqs = new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: resourceNames.deadQueue }));
    await work(sqs, QueueUrl);
  } finally {
    sqs.destroy();
  }
}
