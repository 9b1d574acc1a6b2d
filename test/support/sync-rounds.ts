import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { toSqsEvent } from '../../infra/local/event-source.ts';
import type { Site } from './site.ts';
import { workOn } from './work-on.ts';

/** The sync of a site, round by round: a tick, and the jobs that it admits, those of different mailboxes at once. */
export interface SyncRounds {
  /** The functions' time, epoch milliseconds. */
  now(): number;
  /** Lets so many milliseconds pass, then runs a round. */
  runAfter(milliseconds: number): Promise<void>;
  close(): void;
}

/** Drives the sync of a site that was started without a schedule. */
export function syncRounds(site: Site): SyncRounds {
  const { sqsEndpoint: endpoint, region, credentials, syncQueueUrl: QueueUrl } = site.aws;
  const sqs = new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
  let offset = 0;

  async function receive(): Promise<readonly Message[]> {
    const command = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const] };
    return (await sqs.send(new ReceiveMessageCommand(command))).Messages ?? [];
  }

  async function work(message: Message): Promise<void> {
    await workOn(site, toSqsEvent([message], QueueUrl));
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  }

  /** One worker a mailbox: of what comes together, the messages of one group go one after the other. */
  async function drain(): Promise<void> {
    for (let messages = await receive(); messages.length > 0; messages = await receive()) {
      const groups = Map.groupBy(messages, ({ Attributes }) => Attributes?.MessageGroupId);
      const workers = groups.values().map(async (group) => {
        for (const message of group) await work(message);
      });
      await Promise.all(workers);
    }
  }

  return {
    now: () => Date.now() + offset,
    runAfter: async (milliseconds) => {
      offset += milliseconds;
      site.setClockOffset(offset);
      await site.tick();
      await drain();
    },
    close: () => sqs.destroy(),
  };
}
