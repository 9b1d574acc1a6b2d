import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import type { QuotaProfile } from '../../lambdas/sync/sync-gmail.ts';
import { unitsForJobs } from '../../lambdas/sync/unit-budget.ts';
import { type Site, startSite } from '../support/site.ts';
import type { Cost } from './cost.ts';
import { type LoneWorker, startLoneWorker } from './lone-worker.ts';

/**
 * What waiting for an answer takes over a network, in seconds: here it takes nothing. Users of the project amd/gaia
 * reported four batches of 25 messages in 0.7 s (July 2026); the rest is usual within a region.
 */
const waits = { batch: 0.3, gmailCall: 0.15, awsCall: 0.01 };
const partsOfBatch = 25;

/** At so many MB a function has one processor (AWS Lambda, “Configure Lambda function memory”). */
const memoryOfProcessor = 1_769;
const memories = [256, 512, 1_024, 1_769];

/** Dollars for a GB-second on arm64, November 2026. */
const price = 0.0000133334;

/** The share of the project’s minute that the dispatcher gives away. */
const minuteShare = 0.9;

/** Full jobs that the project’s minute pays for. */
const jobsAMinute = (quota: QuotaProfile) =>
  Math.floor((minuteShare * quota.unitsPerProjectMinute) / unitsForJobs(quota));

const usageSchema = v.object({ calls: v.record(v.string(), v.number()) });

/** What one job did, and what it took. */
interface Job extends Cost {
  readonly name: string;
  readonly messages: number;
  /** Seconds that it would have waited for answers over a network. */
  readonly waiting: number;
}

/** Runs one job of the mailbox and measures it. */
async function measure(name: string, site: Site, worker: LoneWorker, tick: number): Promise<Job> {
  // The quota’s minute, here a second, must be over, so that a job has all of it.
  await sleep(1_100);
  const copied = async () => Number((await site.items('mailboxes'))[0]?.['copied']);
  await site.tick(tick);
  const before = await copied();
  await site.admin('DELETE', '/usage');
  const awsCallsBefore = site.calls.length;
  const cost = await worker.runNext();
  if (cost === undefined) throw new Error('Nobody was due.');
  const awsCalls = site.calls.slice(awsCallsBefore).filter(({ service }) => service !== 'sqs').length;
  const { calls } = v.parse(usageSchema, await site.admin('GET', '/usage'));
  const { 'messages.get': messages = 0, 'threads.get': threads = 0, ...others } = calls;
  const waiting =
    Math.ceil((messages + threads) / partsOfBatch) * waits.batch +
    Object.values(others).reduce((sum, count) => sum + count, 0) * waits.gmailCall +
    awsCalls * waits.awsCall;
  return { name, ...cost, messages: (await copied()) - before, waiting };
}

/** Seconds that a job would last with so much memory: it waits, and works, one after the other. */
const duration = ({ cpu, waiting }: Job, memory: number) =>
  waiting + cpu / Math.min(1, memory / memoryOfProcessor);

const show = (rows: readonly Record<string, string | number>[]) => console.table(rows);
const round = (number: number, digits = 2) => Number(number.toFixed(digits));

test.for([
  ['2026', 1_600],
  ['legacy', 16_000],
] as const)('a worker, with the prices of %s', { timeout: 300_000 }, async ([profile, demoMessages]) => {
  const site = await startSite({ demoMessages, quotaProfile: profile, syncIntervalSeconds: 1 });
  onTestFinished(() => site.close());
  const browser = await site.connected();
  const unlimited = { unitsPerUserMinute: 1e9, unitsPerProjectMinute: 1e9, unitsPerProjectDay: null };
  await site.admin('PUT', '/quota', { profile, latencyMs: 0, ...unlimited });
  const pace = { SYNC_MINUTE_SECONDS: '1', POLL_SECONDS: '1', QUIET_POLL_SECONDS: '1' };
  const worker = await startLoneWorker(site, { QUOTA_PROFILE: profile, ...pace });
  onTestFinished(() => worker.close());
  let tick = Date.now();
  const next = (name: string) => {
    tick += 2_000;
    return measure(name, site, worker, tick);
  };
  const phase = async () => (await site.items('mailboxes'))[0]?.['phase'];

  const jobs: Job[] = [await next('a full minute, cold')];
  while ((await phase()) === 'backfill') jobs.push(await next('a full minute'));
  jobs.push(await next('a quiet poll'), await next('a quiet poll'));
  await browser.fetch(`${site.origin}/mailbox/verify`, { method: 'POST' });
  const isVerifying = async () => {
    const { text } = await browser.fetch(`${site.origin}/mailbox`);
    return text.includes('"running":true');
  };
  while (await isVerifying()) jobs.push(await next('verify'));
  expect(jobs.reduce((sum, { messages }) => sum + messages, 0)).toBeGreaterThanOrEqual(demoMessages);

  show([
    {
      job: 'load',
      cpu: round(worker.load.cpu),
      wall: round(worker.load.wall),
      memory: round(worker.load.memory, 0),
    },
    ...jobs.map(({ name, messages, cpu, wall, memory, waiting }) => ({
      job: name,
      messages,
      cpu: round(cpu),
      wall: round(wall),
      waiting: round(waiting),
      memory: round(memory, 0),
    })),
  ]);
  const full = jobs.findLast(({ messages }) => messages > 0.9 * (jobs[0]?.messages ?? 0));
  const poll = jobs.findLast(({ name }) => name === 'a quiet poll');
  if (full === undefined || poll === undefined) throw new Error('No job was full.');
  show(
    memories.map((memory) => ({
      MB: memory,
      'seconds a full job': round(duration(full, memory)),
      'dollars for 1,000 messages': round(
        (((duration(full, memory) * memory) / 1_024) * price * 1_000) / full.messages,
        6,
      ),
      'workers for a full minute': Math.ceil(
        (jobsAMinute(quotaProfiles[profile]) * duration(full, memory)) / 60,
      ),
      'seconds a quiet poll': round(duration(poll, memory)),
      'dollars for 1,000,000 quiet polls': round(((duration(poll, memory) * memory) / 1_024) * price * 1e6),
    })),
  );
});
