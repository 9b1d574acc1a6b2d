import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as v from 'valibot';
import { type FunctionName, functionNames } from '../../infra/routes.ts';
import { apiEvent } from '../support/api-event.ts';
import { openSite, type Site } from '../support/open-site.ts';
import { handlerFile, handlersFolder, makeHandlers } from './handlers.ts';
import type { Findings } from './part.ts';
import { runAlone } from './run-alone.ts';
import { medianOf, showSpread, spreadOf } from './statistics.ts';

/** How often each is measured: in turn, so that whatever disturbs this machine hits all alike. */
const rounds = 25;

const baselines = ['empty', 'plain-fetch', 'naive'] as const;

type Handler = FunctionName | (typeof baselines)[number];

const coldStart = v.object({
  load: v.number(),
  memory: v.number(),
  answer: v.optional(v.number()),
  status: v.optional(v.number()),
});

type ColdStart = v.InferOutput<typeof coldStart>;

type Starts = ReadonlyMap<Handler, readonly ColdStart[]>;

/** Cold starts: what loading each function takes, how much it holds then, and when it first answers. */
export async function cold(): Promise<Findings> {
  await makeHandlers();
  const site = await openSite({ bundles: handlersFolder, demoMessages: 500 });
  try {
    const starts = await measureLoads(site.variables);
    const answers = await measureAnswers(site);
    return report(starts, answers);
  } finally {
    await site.close();
  }
}

async function startCold(handler: Handler, variables: Record<string, string>): Promise<ColdStart> {
  return v.parse(coldStart, await runAlone(handlerFile('cold-start'), [handlerFile(handler)], variables));
}

async function measureLoads(variables: Record<string, string>): Promise<Starts> {
  const handlers: Handler[] = [...baselines, ...functionNames];
  const starts = new Map(handlers.map((handler): [Handler, ColdStart[]] => [handler, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [handler, measured] of starts) measured.push(await startCold(handler, variables));
  }
  return starts;
}

/** Milliseconds from the start of the process to the answer, when the access token has ended and must be renewed. */
async function measureAnswers(site: Site): Promise<Record<'messages-list' | 'plain-fetch', number[]>> {
  const browser = await site.connected();
  const session = browser.cookie('localhost', 'session') ?? '';
  const event = apiEvent('GET /messages', { cookies: { session } });
  const variables = { ...site.variables, BENCH_EVENT: JSON.stringify(event) };
  const [grant] = await site.items('grants');
  const answers = { 'messages-list': [] as number[], 'plain-fetch': [] as number[] };
  for (let round = 0; round < rounds; round++) {
    for (const [name, times] of Object.entries(answers) as [keyof typeof answers, number[]][]) {
      await site.put('grants', { ...grant, accessTokenExpiresAt: 0 });
      const { answer = 0, status } = await startCold(name, variables);
      if (status !== 200) throw new Error(`${name} answered ${status}.`);
      times.push(answer);
    }
  }
  return answers;
}

function report(starts: Starts, answers: Record<'messages-list' | 'plain-fetch', number[]>): Findings {
  const of = (handler: Handler) => starts.get(handler) ?? [];
  const loadOf = (handler: Handler) => spreadOf(of(handler).map(({ load }) => load));
  const memoryOf = (handler: Handler) => medianOf(of(handler).map(({ memory }) => memory));
  const empty = loadOf('empty').median;
  const overEmpty = (handler: Handler) => loadOf(handler).median - empty;
  const sizes = functionNames.map((name) => ({ name, ...sizeOf(name) }));
  const answerOf = (name: 'messages-list' | 'plain-fetch') => medianOf(answers[name]);
  const loads = [...baselines, ...functionNames].map((handler) => ({
    handler,
    'ms to load': showSpread(loadOf(handler)),
    'over empty': Number(overEmpty(handler).toFixed(1)),
    'MB held': Math.round(memoryOf(handler)),
  }));
  return {
    tables: {
      [`Loading, ${rounds} times each: median (middle half)`]: loads,
      'Bundles, in KiB': sizes.map(({ name, raw, zipped }) => ({
        name,
        raw: Math.round(raw),
        zipped: Math.round(zipped),
      })),
      'A cold start’s first answer, token renewed on the way: ms, median (middle half)': Object.entries(
        answers,
      ).map(([handler, times]) => ({ handler, ms: showSpread(spreadOf(times)) })),
    },
    figures: {
      listInit: overEmpty('messages-list'),
      listInitShare: overEmpty('messages-list') / overEmpty('naive'),
      callbackInit: overEmpty('auth-callback'),
      urlInit: overEmpty('auth-url'),
      workerInit: overEmpty('sync-mailbox'),
      firstAnswer: answerOf('messages-list') / answerOf('plain-fetch'),
      memory: Math.max(...functionNames.map(memoryOf)),
      bundle: Math.max(...sizes.map(({ raw }) => raw)),
      zippedBundle: Math.max(...sizes.map(({ zipped }) => zipped)),
    },
    data: { starts: Object.fromEntries(starts), answers, sizes },
  };
}

/** A bundle's size in KiB, as it is and zipped. */
function sizeOf(name: FunctionName): { raw: number; zipped: number } {
  const code = readFileSync(handlerFile(name));
  return { raw: code.length / 1024, zipped: gzipSync(code).length / 1024 };
}
