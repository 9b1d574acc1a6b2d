import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { type QuotaProfile, unitsForJobs } from '../../lambdas/sync/mailbox/quota-profile.ts';
import { openSite, type Site } from '../support/open-site.ts';
import { handlersFolder, makeHandlers } from './handlers.ts';
import { type LoneWorker, startLoneWorker } from './lone-worker.ts';
import type { Findings, Row } from './part.ts';
import type { Cost } from './process-cost.ts';

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
  const awsCalls = site.calls.slice(awsCallsBefore).filter(({ service }) => service !== 'sqs');
  const { calls } = v.parse(usageSchema, await site.admin('GET', '/usage'));
  const { 'messages.get': messages = 0, 'threads.get': threads = 0, ...others } = calls;
  const { 'messages.list': pages = 0 } = calls;
  const batches = Math.ceil((messages + threads) / partsOfBatch);
  // A batch is stored while the next is fetched, but for the last of a page.
  const storing = awsCalls.filter(({ action }) => action === 'BatchWriteItem').length;
  const unhidden = batches === 0 ? 1 : Math.min(1, pages / batches);
  const waiting =
    batches * waits.batch +
    Object.values(others).reduce((sum, count) => sum + count, 0) * waits.gmailCall +
    (awsCalls.length - storing + storing * unhidden) * waits.awsCall;
  return { name, ...cost, messages: (await copied()) - before, waiting };
}

/** Seconds that a job would last with so much memory: it waits, and works, one after the other. */
const duration = ({ cpu, waiting }: Job, memory: number) =>
  waiting + cpu / Math.min(1, memory / memoryOfProcessor);

const round = (number: number, digits = 2) => Number(number.toFixed(digits));

/** How many messages the mailbox has: enough for several full jobs. */
const sizes = { '2026': 1_600, legacy: 16_000 } as const;

type Profile = keyof typeof sizes;

/** What each job takes of the worker, and what a worker of each size makes of that. */
export async function worker(): Promise<Findings> {
  await makeHandlers();
  const tables: Record<string, readonly Row[]> = {};
  const data: Record<string, { readonly load: Cost; readonly jobs: readonly Job[] }> = {};
  for (const profile of ['2026', 'legacy'] as const) {
    const measured = await measureJobs(profile);
    data[profile] = measured;
    tables[`Jobs with the prices of ${profile}: seconds, and MB held at the most`] = rowsOf(measured);
    tables[`How large a worker is, with the prices of ${profile}`] = sizesOf(measured.jobs, profile);
  }
  return { tables, figures: {}, data };
}

/** Copies a mailbox, polls it twice, and compares the copy. */
async function measureJobs(profile: Profile): Promise<{ load: Cost; jobs: Job[] }> {
  const site = await openSite({
    bundles: handlersFolder,
    demoMessages: sizes[profile],
    quotaProfile: profile,
    syncIntervalSeconds: 1,
  });
  try {
    const browser = await site.connected();
    const unlimited = { unitsPerUserMinute: 1e9, unitsPerProjectMinute: 1e9, unitsPerProjectDay: null };
    await site.admin('PUT', '/quota', { profile, latencyMs: 0, ...unlimited });
    const pace = { SYNC_MINUTE_SECONDS: '1', POLL_SECONDS: '1', QUIET_POLL_SECONDS: '1' };
    const lone = await startLoneWorker(site, { QUOTA_PROFILE: profile, ...pace });
    try {
      // That the mailbox is connected is told first.
      await lone.runNext();
      let tick = Date.now();
      const next = (name: string) => {
        tick += 2_000;
        return measure(name, site, lone, tick);
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
      const copied = jobs.reduce((sum, { messages }) => sum + messages, 0);
      if (copied < sizes[profile]) throw new Error(`Only ${copied} messages were copied.`);
      return { load: lone.load, jobs };
    } finally {
      lone.close();
    }
  } finally {
    await site.close();
  }
}

function rowsOf({ load, jobs }: { readonly load: Cost; readonly jobs: readonly Job[] }): Row[] {
  const costOf = ({ cpu, wall, memory }: Cost) => ({
    processor: round(cpu),
    'from begin to end': round(wall),
    MB: round(memory, 0),
  });
  return [
    { job: 'load', ...costOf(load), messages: '', waiting: '' },
    ...jobs.map((job) => ({
      job: job.name,
      ...costOf(job),
      messages: job.messages,
      waiting: round(job.waiting),
    })),
  ];
}

function sizesOf(jobs: readonly Job[], profile: Profile): Row[] {
  const full = jobs.findLast(({ messages }) => messages > 0.9 * (jobs[0]?.messages ?? 0));
  const poll = jobs.findLast(({ name }) => name === 'a quiet poll');
  if (full === undefined || poll === undefined) throw new Error('No job was full.');
  const dollars = (job: Job, memory: number) => ((duration(job, memory) * memory) / 1_024) * price;
  return memories.map((memory) => ({
    MB: memory,
    'seconds a full job': round(duration(full, memory)),
    'dollars for 1,000 messages': round((dollars(full, memory) * 1_000) / full.messages, 6),
    'workers for a full minute': Math.ceil(
      (jobsAMinute(quotaProfiles[profile]) * duration(full, memory)) / 60,
    ),
    'seconds a quiet poll': round(duration(poll, memory)),
    'dollars for 1,000,000 quiet polls': round(dollars(poll, memory) * 1e6),
  }));
}
