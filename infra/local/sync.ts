import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Invoke } from './api-gateway.ts';
import { startEventSource } from './event-source.ts';
import type { AwsAccess } from './resources.ts';
import { startSchedule } from './schedule.ts';

/** How long, in milliseconds, to wait for jobs under way. */
const graceMilliseconds = 3000;

/** What the local sync needs. */
interface LocalSyncOptions {
  readonly access: AwsAccess;
  readonly queueUrl: string;
  /** The interval between ticks in whole seconds. */
  readonly intervalSeconds: number;
  readonly invoke: Invoke;
  /** The functions' clock, epoch milliseconds. */
  readonly clock: () => number;
}

/** The running schedules and queue. */
export interface LocalSync {
  /** Stops the schedules and the queue, and gives work under way a moment to finish. */
  close(): Promise<void>;
}

/** Starts the schedules and the queue, which invoke the functions of the sync. */
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
