import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { bundleModules } from '../../infra/bundle.ts';
import type { MailboxState } from '../../lambdas/sync/mailbox/mailbox-state.ts';
import { startVerify } from '../../lambdas/sync/mailbox/start-verify.ts';
import { apiEvent } from '../support/api-event.ts';
import { endlessId } from '../sync-model/endless-mailbox.ts';
import { dateOf, type GrowingMailbox, openGrowingMailbox } from './growing-mailbox.ts';
import { type GrowingSite, type Run, startNamed } from './growing-site.ts';
import { type Done, seriesOf } from './growth-series.ts';
import { handlerFile, handlersFolder } from './handlers.ts';
import type { LoneProcess } from './lone-process.ts';
import type { Series } from './trend.ts';

const sizes = [100, 1_000, 10_000, 100_000];

/**
 * How often what takes long is measured, and what is over soon; and how often all is done before, so that it is warm.
 */
const rounds = { long: 5, short: 25 };
const warmUp = 15;

/** Messages compared at a time, as the sync has it. */
const groupSize = 10_000;

/** Something that is done with a mailbox of a size. */
interface Work {
  readonly what: string;
  /** What it is counted by. */
  readonly per: string;
  /** The process in which it is done, and nothing else: so what that holds tells of this. */
  readonly process: LoneProcess;
  /** How often it is measured at each size. */
  readonly rounds: number;
  run(size: number): Promise<Omit<Done, 'size'>>;
}

/**
 * A mailbox that grows, its copy in the local DynamoDB: what a job costs when so many messages are copied already, and
 * what reading the copy costs then.
 */
export async function measureMessages(growing: GrowingSite): Promise<Series[]> {
  const mailbox = await openGrowingMailbox(growing);
  const works = [...(await startJobs(growing, mailbox)), ...(await startReadings(growing, mailbox))];
  try {
    const done = new Map(works.map((work): [Work, Done[]] => [work, []]));
    for (const size of sizes) {
      await mailbox.fill(size);
      for (const [work, runs] of done) {
        if (size === sizes[0]) await repeat(warmUp, () => work.run(size));
        runs.push(...(await repeat(work.rounds, async () => ({ size, ...(await work.run(size)) }))));
      }
    }
    return [...done].flatMap(([{ what, per }, runs]) => seriesOf(what, per, runs));
  } finally {
    for (const { process } of works) process.close();
  }
}

async function repeat<Result>(times: number, work: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  while (results.length < times) results.push(await work());
  return results;
}

/** Jobs: the deployed code and the local DynamoDB, but a Gmail whose messages are made when they are asked for. */
async function startJobs(growing: GrowingSite, mailbox: GrowingMailbox): Promise<Work[]> {
  const folder = join(handlersFolder, 'deep-job');
  await bundleModules({ 'deep-job': 'test/bench/deep-job.ts' }, handlersFolder);

  const start = async (
    what: string,
    per: string,
    times: number,
    run: (size: number, runJob: RunJob) => Promise<Omit<Done, 'size'>>,
  ): Promise<Work> => {
    const process = await startNamed(growing, what, join(folder, 'index.js'));
    const runJob: RunJob = async (size, state) => {
      const jobId = randomUUID();
      await mailbox.claim(jobId, state);
      const cost = await growing.counted(what, () => process.run({ ...mailbox.key, jobId, size }));
      return { ...cost, ...(await mailbox.ended()) };
    };
    return { what, per, process, rounds: times, run: (size) => run(size, runJob) };
  };

  const backfill = await start('backfill job', 'message', rounds.long, async (size, runJob) => {
    // There is always more to copy than a minute is enough for.
    const more = size + 500;
    const { copied, ...run } = await runJob(more, { pageToken: String(size), copied: size });
    await mailbox.cut(size, more);
    return { ...run, count: copied - size };
  });
  const live = { phase: 'live', dueClass: 'changes' } as const;
  const poll = await start('quiet poll', 'poll', rounds.short, async (size, runJob) => {
    return { ...(await runJob(size, { ...live, copied: size })), count: 1 };
  });
  const verify = await start('verify', 'message', rounds.long, async (size, runJob) => {
    const count = Math.min(size, groupSize);
    const after = count < size ? endlessId(size - count - 1) : undefined;
    const begun = { ...startVerify('requested', Date.now()), after };
    const run = await runJob(size, { ...live, copied: size, verify: begun });
    if (!run.isDone) throw new Error('The group was not compared in one job.');
    return { ...run, count };
  });
  return [backfill, poll, verify];
}

type RunJob = (
  size: number,
  state: Partial<MailboxState>,
) => Promise<Run & Awaited<ReturnType<GrowingMailbox['ended']>>>;

const answerSchema = v.object({ statusCode: v.number(), body: v.string() });
const pageSchema = v.object({ messages: v.array(v.unknown()) });

/** Pages of the copy, as the deployed function lists them. */
async function startReadings(growing: GrowingSite, { session }: GrowingMailbox): Promise<Work[]> {
  // A function that refuses is fast. The site's own is asked, since the one that is measured does not tell its answer.
  const check = async (event: unknown) => {
    const { statusCode, body } = v.parse(answerSchema, await growing.site.invoke('copy-list', event));
    if (statusCode !== 200 || v.parse(pageSchema, JSON.parse(body)).messages.length === 0)
      throw new Error(`A page of the copy was answered with ${statusCode}, or is empty.`);
  };
  const start = async (what: string, queryOf: (size: number) => string): Promise<Work> => {
    const process = await startNamed(growing, what, handlerFile('copy-list'));
    const run = async (size: number) => {
      const event = apiEvent('GET /mailbox/messages', { cookies: { session }, query: queryOf(size) });
      await check(event);
      return { ...(await growing.counted(what, () => process.run(event))), count: 1 };
    };
    return { what, per: 'page', process, rounds: rounds.short, run };
  };
  return [
    await start('list, newest', () => ''),
    await start('list, middle', (size) => `before=${dateOf(size / 2)}`),
  ];
}
