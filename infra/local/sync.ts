import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Invoke } from './api-gateway.ts';
import { startEventSource } from './event-source.ts';
import type { AwsAccess } from './resources.ts';
import { startSchedule } from './schedule.ts';

/** How long, in milliseconds, jobs under way may take to end. */
const graceMilliseconds = 3000;

/** What the sync is driven with. */
interface LocalSyncOptions {
  readonly access: AwsAccess;
  readonly queueUrl: string;
  /** The length of a tick in whole seconds. */
  readonly intervalSeconds: number;
  readonly invoke: Invoke;
  /** The functions' clock, epoch milliseconds. */
  readonly clock: () => number;
}

/** The schedules and the queue, at work. */
export interface LocalSync {
  /** Starts nothing more, and gives what is under way a moment to end. */
  close(): Promise<void>;
}

/** Lets schedules and queue start the functions of the sync. */
export function startSync({ access, queueUrl, intervalSeconds, invoke, clock }: LocalSyncOptions): LocalSync {
  const { sqsEndpoint: endpoint, region, credentials } = access;
  const sqs = new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
  const source = startEventSource({ sqs, queueUrl, run: (event) => invoke('sync-mailbox', event) });
  const schedule = startSchedule({ intervalSeconds, run: invoke, clock });
  return {
    async close() {
      const graceOver = new AbortController();
      await Promise.race([
        Promise.all([schedule.close(), source.close()]),
        sleep(graceMilliseconds, undefined, { signal: graceOver.signal }).catch(() => {}),
      ]);
      graceOver.abort();
      sqs.destroy();
    },
  };
}
