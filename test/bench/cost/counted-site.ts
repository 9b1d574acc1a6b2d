import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { toSqsEvent } from '../../../infra/local/event-source.ts';
import { functionNames, routes } from '../../../infra/routes.ts';
import { isVerifySlotDue } from '../../../lambdas/sync/verify/verify-slot.ts';
import { type Site, startSite } from '../../support/site.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { workOn } from '../../support/work-on.ts';
import { type Counts, emptyCounts, emptyWork } from './counts.ts';
import { type Meter, startMeteredDynamoDb } from './metered-dynamodb.ts';

const minute = 60_000;
const day = 1_440 * minute;
const mailboxSchema = v.object({ accountId: v.string() });
const usageSchema = v.object({ calls: v.record(v.string(), v.number()) });
const parts = ['messages.get', 'threads.get'];
/** The functions send their messages in batches of this many (`lambdas/sync/job/fetch-messages.ts`). */
const partsOfBatch = 25;

/** A site on a clock of its own, where every call that AWS is paid for is counted. */
export interface CountedSite {
  readonly site: Site;
  /** The first noon (UTC) not before a minute, in minutes after the beginning. */
  noonAfter(at: number): number;
  /**
   * The first full hour after a minute at which the mailbox's weekly comparison is due, in minutes after the beginning.
   */
  comparisonAfter(at: number): Promise<number>;
  /** Lets the clock stand so many minutes after the beginning. */
  setMinute(at: number): void;
  /** Runs a function by itself, and counts its call. */
  run(functionName: 'sync-dispatch' | 'changes-publish' | 'sync-sweep', at: number): Promise<void>;
  /** Lets workers take what lies in the queue. */
  work(): Promise<void>;
  /** When the mailbox is due, in minutes after the beginning. */
  dueAt(): Promise<number>;
  /** Whether its first copy is made and compared. */
  isCopied(): Promise<boolean>;
  /** What was counted since the last look. */
  take(): Promise<Counts>;
  close(): Promise<void>;
}

/** Starts it with nobody connected; the person who may be has so many messages. */
export async function startCountedSite(messages: number): Promise<CountedSite> {
  const meter: Meter = { reads: 0, writes: 0, tickWrites: 0 };
  let counts = emptyCounts();
  const workOf = (name: string) => (counts.functions[name] ??= emptyWork());
  const dynamodb = await startMeteredDynamoDb(temporaryFolder(), meter, ({ functionName }) => {
    if (functionName !== undefined) workOf(functionName).awsCalls += 1;
  });
  const site = await startSite({
    demoMessages: messages,
    awsEndpoints: { dynamodb: dynamodb.endpoint },
    onAwsCall: ({ service, action, functionName, input }) => {
      if (functionName === undefined) return;
      workOf(functionName).awsCalls += 1;
      if (service === 'kms') counts.kms += 1;
      if (service === 'secretsmanager') counts.secretReads += 1;
      if (service === 'sqs') {
        counts.sends += 1;
        if (!['SendMessageBatch', 'GetQueueAttributes'].includes(action))
          throw new Error(`${action} was not reckoned with.`);
      }
      if (service === 'eventbridge')
        counts.events += v.parse(v.object({ Entries: v.array(v.unknown()) }), input).Entries.length;
    },
    onLog: ({ functionName, fields }) => {
      workOf(functionName).logBytes += Buffer.byteLength(JSON.stringify(fields));
    },
    onAnswer: ({ routeKey, response }) => {
      counts.requests += 1;
      counts.responseBytes += Buffer.byteLength(JSON.stringify(response.headers)) + response.body.length;
      workOf(functionOf(routeKey)).invocations += 1;
    },
  });
  /** Calls of Gmail since the last look, and batches. */
  async function gmailUsage(): Promise<{ calls: number; batches: number }> {
    const { calls } = v.parse(usageSchema, await site.admin('GET', '/usage'));
    const [single, together] = [false, true].map((isPart) =>
      sum(Object.entries(calls).filter(([name]) => parts.includes(name) === isPart)),
    );
    return { calls: single ?? 0, batches: Math.ceil((together ?? 0) / partsOfBatch) };
  }

  const unlimited = { unitsPerUserMinute: 1e9, unitsPerProjectMinute: 1e9, unitsPerProjectDay: null };
  await site.admin('PUT', '/quota', { profile: '2026', latencyMs: 0, ...unlimited });
  const { sqsEndpoint: endpoint, region, credentials, syncQueueUrl: QueueUrl } = site.aws;
  const sqs = new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
  const beginning = Math.ceil(Date.now() / minute) * minute + minute;
  return {
    site,
    noonAfter: (at) =>
      (Math.ceil((beginning + at * minute) / day - 0.5) * day + day / 2 - beginning) / minute,
    comparisonAfter: async (at) => {
      const [mailbox] = await site.items('mailboxes');
      const { accountId } = v.parse(mailboxSchema, mailbox);
      const compared = { accountId, verifiedAt: beginning + at * minute, connectedAt: beginning };
      let due = at;
      while (!isVerifySlotDue(compared, beginning + due * minute, 7 * day)) due += 60;
      return due;
    },
    setMinute: (at) => site.setClockOffset(beginning + at * minute - Date.now()),
    run: async (functionName, at) => {
      workOf(functionName).invocations += 1;
      const time = new Date(beginning + at * minute).toISOString().replace('.000Z', 'Z');
      await site.invoke(functionName, { scheduledTime: time });
    },
    work: async () => {
      const before = await gmailUsage();
      for (;;) {
        const receive = new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 1,
          MessageSystemAttributeNames: ['All'],
        });
        const [message] = (await sqs.send(receive)).Messages ?? [];
        if (message === undefined) break;
        counts.messages += 1;
        workOf('sync-mailbox').invocations += 1;
        await workOn(site, toSqsEvent([message], QueueUrl));
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      }
      const after = await gmailUsage();
      counts.jobCalls += after.calls - before.calls;
      counts.jobBatches += after.batches - before.batches;
    },
    dueAt: async () => {
      const [mailbox] = await site.items('mailboxes');
      return Math.ceil((Number(mailbox?.['nextDueAt']) - beginning) / minute);
    },
    isCopied: async () => {
      const [mailbox] = await site.items('mailboxes');
      return mailbox?.['phase'] === 'live' && mailbox['verify'] === undefined;
    },
    take: async () => {
      const { calls: gmailCalls, batches: gmailBatches } = await gmailUsage();
      await site.admin('DELETE', '/usage');
      counts = { ...counts, gmailCalls, gmailBatches };
      const taken = { ...counts, ...meter };
      counts = emptyCounts();
      Object.assign(meter, { reads: 0, writes: 0, tickWrites: 0 });
      return taken;
    },
    close: async () => {
      sqs.destroy();
      await site.close();
      await dynamodb.close();
    },
  };
}

/** The function that answers on the route. */
function functionOf(routeKey: string): string {
  const name = functionNames.find((one) => routes[one].some((route) => route === routeKey));
  if (name === undefined) throw new Error(`No function answers ${routeKey}.`);
  return name;
}

const sum = (entries: readonly (readonly [string, number])[]) =>
  entries.reduce((all, [, count]) => all + count, 0);
