import { setTimeout as sleep } from 'node:timers/promises';
import type { Quota } from '../../infra/local/google/quota.ts';
import { backfillMinutes } from './backfill-minutes.ts';
import { type Asked, type CopiedMailbox, openCopiedMailbox } from './copied-mailbox.ts';
import { type Copier, type Effort, startGetEach, startOurs } from './copiers.ts';
import { makeHandlers } from './handlers.ts';
import type { Findings, Row } from './part.ts';
import { medianOf, showSpread, spreadOf } from './statistics.ts';

/** What the local Google allows while copies are made. */
interface Conditions {
  readonly title: string;
  /** Messages in the mailbox. */
  readonly size: number;
  /** How often each program copies it, beside a first time that does not count. */
  readonly rounds: number;
  /** The length of the quota's minute, and of the sync's, in seconds. */
  readonly minuteSeconds: number;
  readonly quota: Partial<Quota>;
}

const unlimited = { unitsPerUserMinute: 1e9, unitsPerProjectMinute: 1e9, unitsPerProjectDay: null };

/**
 * Figures are those under no limit, with the delay that the local Google usually has: a call to the real one takes ten
 * times as long and more, and favours us the more for it. Without any delay, what is measured is dynalite: it takes
 * most of the time that a batch is stored in.
 */
const conditions = {
  undelayed: {
    title: 'no limit, and no delay either',
    size: 1_200,
    rounds: 5,
    minuteSeconds: 1,
    quota: { ...unlimited, latencyMs: 0 },
  },
  unlimited: {
    title: 'no limit, 5 ms a call',
    size: 1_200,
    rounds: 5,
    minuteSeconds: 1,
    quota: { ...unlimited, latencyMs: 5 },
  },
  limited: {
    title: 'the limit of 2026, in minutes of 6 s',
    size: 900,
    rounds: 3,
    minuteSeconds: 6,
    quota: { latencyMs: 5 },
  },
} as const satisfies Record<string, Conditions>;

/** One copy of the mailbox. */
interface Copy extends Effort, Asked {}

type Copies = ReadonlyMap<string, readonly Copy[]>;

const ours = 'ours';
const oneByOne = 'one get at a time';

/** What people would otherwise use to copy a mailbox, beside ours, against the same local Google. */
export async function sync(): Promise<Findings> {
  await makeHandlers();
  const copies = {
    undelayed: await copyUnder(conditions.undelayed),
    unlimited: await copyUnder(conditions.unlimited),
    limited: await copyUnder(conditions.limited),
  };
  const backfill = await backfillMinutes();
  const { size } = conditions.unlimited;
  const medianUnder = (name: keyof typeof copies, program: string, value: (copy: Copy) => number) =>
    medianOf((copies[name].get(program) ?? []).map(value));
  const speedOf = (program: string) => medianUnder('unlimited', program, ({ work }) => size / work);
  const tables = Object.entries(conditions).map(([name, its]) => [
    `${its.title}: ${its.size} messages, ${its.rounds} times each: median (middle half)`,
    tableOf(copies[name as keyof typeof copies], its),
  ]);
  return {
    tables: { ...Object.fromEntries(tables), ...backfill.tables },
    figures: {
      syncSpeed: speedOf(ours) / speedOf(oneByOne),
      jobCpu: medianUnder('unlimited', ours, ({ cpu }) => (1_000 * cpu) / size),
      writesPerMessage: medianUnder('unlimited', ours, ({ written }) => written.items / size),
      ...backfill.figures,
    },
    data: {
      conditions,
      copies: Object.fromEntries(
        Object.entries(copies).map(([name, byProgram]) => [name, Object.fromEntries(byProgram)]),
      ),
      backfill: backfill.data,
    },
  };
}

/** Has each program copy the mailbox, in turn, so that whatever disturbs this machine hits all alike. */
async function copyUnder(its: Conditions): Promise<Copies> {
  const { size, rounds, minuteSeconds } = its;
  const mailbox = await openCopiedMailbox(size, minuteSeconds);
  const copiers: Copier[] = [];
  try {
    copiers.push(await startOurs(ours, mailbox, minuteSeconds));
    copiers.push(await startGetEach(oneByOne, 1, mailbox, minuteSeconds));
    copiers.push(await startGetEach('ten gets at a time', 10, mailbox, minuteSeconds));
    const copies = new Map(copiers.map(({ name }): [string, Copy[]] => [name, []]));
    for (let round = 0; round <= rounds; round++) {
      for (const copier of copiers) {
        const copy = await copyOnce(copier, mailbox, its);
        if (round > 0) copies.get(copier.name)?.push(copy);
      }
    }
    return copies;
  } finally {
    for (const copier of copiers) copier.close();
    await mailbox.site.close();
  }
}

async function copyOnce(copier: Copier, mailbox: CopiedMailbox, its: Conditions): Promise<Copy> {
  const minute = its.minuteSeconds * 1_000;
  await sleep(minute - (Date.now() % minute));
  // What was spent before is forgotten with it.
  await mailbox.site.admin('PUT', '/quota', {
    profile: '2026',
    minuteSeconds: its.minuteSeconds,
    ...its.quota,
  });
  const { result, asked } = await mailbox.watch(() => copier.copy(mailbox));
  return { ...result, ...asked };
}

function tableOf(copies: Copies, { size, minuteSeconds, quota }: Conditions): Row[] {
  const isLimited = !('unitsPerUserMinute' in quota);
  return [...copies].map(([program, all]) => {
    const spread = (value: (copy: Copy) => number, digits: number) =>
      showSpread(spreadOf(all.map(value)), digits);
    const median = (value: (copy: Copy) => number) => Math.round(medianOf(all.map(value)));
    return {
      program,
      ...(isLimited
        ? { 'minutes of Google': spread(({ wall }) => wall / minuteSeconds, 1) }
        : { 'messages a second': spread(({ work }) => size / work, 0) }),
      'processor for 1,000, s': spread(({ cpu }) => (1_000 * cpu) / size, 2),
      requests: median(({ requests }) => requests),
      calls: median(({ calls }) => calls),
      units: median(({ units }) => units),
      refusals: median(({ refusals }) => refusals),
      'items written': median(({ written }) => written.items),
      'write calls': median(({ written }) => written.calls),
      'write units billed': median(({ written }) => written.billed),
    };
  });
}
