import { type Load, type LoadFigures, percentile, playLoad } from '../sync-model/load.ts';
import type { Findings, Row } from './part.ts';

/** The loads: mailboxes × messages for each. A minute passes between two polls of a mailbox. */
const loads = {
  '5,000 × 30 an hour': { mailboxes: 5_000, hourly: 30, minutes: 15, scale: 25 },
  '20,000 × 12 an hour': { mailboxes: 20_000, hourly: 12, minutes: 15, scale: 25 },
  '50,000 × 8 an hour': { mailboxes: 50_000, hourly: 8, minutes: 15, scale: 25 },
  '100,000 × 3 an hour': { mailboxes: 100_000, hourly: 3, minutes: 15, scale: 25 },
  '10,000 connecting': { mailboxes: 0, hourly: 0, connecting: 10_000, minutes: 15, scale: 10 },
  '30 minutes without ticks': {
    ...{ mailboxes: 50_000, hourly: 4, outage: 30, minutes: 60, scale: 25 },
  },
} as const satisfies Record<string, Load>;

/** How soon mail is copied, with how many units: the real dispatcher and jobs in virtual time. */
export async function pace(): Promise<Findings> {
  const played: { what: string; load: Load; figures: LoadFigures }[] = [];
  for (const [what, load] of Object.entries(loads))
    played.push({ what, load, figures: await playLoad(load) });
  const rows = played.map(rowOf);
  const steady = played.filter(({ load }) => load.mailboxes > 0 && load.outage === undefined);
  return {
    tables: { 'From arrival to copy, in seconds; units a minute': rows },
    figures: {
      delay: Math.max(...steady.map(({ figures }) => percentile(figures.delays, 0.95))),
      firstCopy: Math.max(...played.flatMap(({ figures }) => figures.firstMessages)),
      recovery: Math.max(...played.map(({ figures }) => figures.recovery ?? 0)) / loads[outage].outage,
      refusals: played.reduce((sum, { figures }) => sum + figures.refusals, 0),
    },
    data: { rows, steady: steady.map(rowOf) },
  };
}

const outage = '30 minutes without ticks';

function rowOf({ what, figures }: { what: string; figures: LoadFigures }): Row {
  const { delays, firstMessages, spent, granted, refusals, recovery } = figures;
  const seconds = delays.length > 0 ? delays : firstMessages;
  return {
    load: what,
    p50: Math.round(percentile(seconds, 0.5)),
    p95: Math.round(percentile(seconds, 0.95)),
    p99: Math.round(percentile(seconds, 0.99)),
    spent,
    granted,
    refused: refusals,
    ...(recovery === undefined ? {} : { 'minutes until in step': recovery }),
  };
}
