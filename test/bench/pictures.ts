import * as v from 'valibot';
import { barChart } from './bar-chart.ts';
import { lineChart } from './line-chart.ts';
import { type Result, showOrigin } from './results.ts';
import { medianOf } from './statistics.ts';
import type { Point, Series } from './trend.ts';

const coldData = v.object({ starts: v.record(v.string(), v.array(v.object({ load: v.number() }))) });

/** The handlers that the picture of cold starts shows, with what they are. */
const shownHandlers = [
  ['empty', 'nothing: an empty handler', false],
  ['plain-fetch', 'plain fetch, AWS SDK bundled', false],
  ['messages-list', 'messages-list', true],
  ['naive', 'whole googleapis, unbundled', false],
] as const;

/** Cold starts: how long handlers take to load, ours among others. */
export function coldPicture(result: Result): string {
  const { starts } = v.parse(coldData, result.data);
  const bars = shownHandlers.map(([name, label, isOurs]) => {
    const loads = (starts[name] ?? []).map(({ load }) => load);
    return { label, isOurs, value: medianOf(loads) };
  });
  const times = starts['messages-list']?.length ?? 0;
  return barChart({ title: 'Cold starts', note: `Medians of ${times}. ${showOrigin(result)}` }, [
    { title: 'From the start of the process until the handler is loaded, ms', bars },
  ]);
}

const copy = v.object({ cpu: v.number(), work: v.number() });
const syncData = v.object({
  conditions: v.object({ unlimited: v.object({ title: v.string(), size: v.number() }) }),
  copies: v.object({ unlimited: v.record(v.string(), v.array(copy)) }),
});

/** Copying a mailbox: how fast programs do, and what processor it takes, ours among others. */
export function syncPicture(result: Result): string {
  const { conditions, copies } = v.parse(syncData, result.data);
  const { size, title } = conditions.unlimited;
  const barsOf = (value: (one: v.InferOutput<typeof copy>) => number) =>
    Object.entries(copies.unlimited)
      .map(([label, all]) => ({ label, isOurs: label === 'ours', value: medianOf(all.map(value)) }))
      .sort((one, other) => Number(one.isOurs) - Number(other.isOurs));
  const times = Object.values(copies.unlimited)[0]?.length ?? 0;
  return barChart(
    {
      title: 'Copying a mailbox',
      note: `${size.toLocaleString('en-US')} messages, ${title}. Medians of ${times}. ${showOrigin(result)}`,
    },
    [
      { title: 'Messages a second', bars: barsOf(({ work }) => size / work) },
      { title: 'Seconds of processor for 1,000 messages', bars: barsOf(({ cpu }) => (1_000 * cpu) / size) },
    ],
  );
}

const paceRows = v.array(
  v.object({ load: v.string(), p95: v.number(), spent: v.number(), granted: v.number() }),
);
const paceData = v.object({ rows: paceRows, steady: paceRows });

/** How soon mail is copied under load, with how many of the project's units. */
export function pacePicture(result: Result): string {
  const { rows, steady } = v.parse(paceData, result.data);
  const barsOf = (shown: typeof rows, value: 'p95' | 'spent' | 'granted') =>
    shown.map((row) => ({ label: row.load, isOurs: true, value: row[value] }));
  return barChart(
    { title: 'Pace under load', note: `Simulated, polls every minute. ${showOrigin(result)}` },
    [
      { title: 'From arrival to copy, 95th percentile, seconds', bars: barsOf(steady, 'p95') },
      { title: 'Units spent a minute, of 1,200,000', bars: barsOf(rows, 'spent') },
      { title: 'Units granted a minute', bars: barsOf(rows, 'granted') },
    ],
  );
}

const series = v.array(
  v.object({
    what: v.string(),
    measure: v.string(),
    unit: v.string(),
    points: v.array(v.object({ size: v.number(), value: v.number() })),
  }),
);
const growthData = v.object({ mailboxes: series, messages: series });

/** How the cost of one grows with all: where lines are level or fall, it does not. */
export function growthPicture(result: Result): string {
  const { mailboxes, messages } = v.parse(growthData, result.data);
  const panelsOf = (all: readonly Series[], unit: string, sizes: string) => {
    const linesOf = (...measures: string[]) =>
      [...new Set(all.map(({ what }) => what))].map((what) => ({
        label: what,
        points: sumOf(all.filter((one) => one.what === what && measures.includes(one.measure))),
      }));
    return [
      { title: `Processor a ${unit}, ms`, sizes, lines: linesOf('processor') },
      { title: `Requests to DynamoDB a ${unit}`, sizes, lines: linesOf('reads', 'writes') },
      { title: 'Memory held meanwhile, MB', sizes, lines: linesOf('memory') },
    ];
  };
  const byMailboxes = panelsOf(mailboxes, 'mailbox', 'mailboxes due in a tick');
  const byMessages = panelsOf(messages, 'message, poll or page', 'messages of the mailbox');
  return lineChart(
    { title: 'How cost grows', note: showOrigin(result) },
    byMailboxes.flatMap((panel, index) => [panel, ...byMessages.slice(index, index + 1)]),
  );
}

function sumOf(all: readonly Series[]): Point[] {
  return (all[0]?.points ?? []).map(({ size }, index) => ({
    size,
    value: all.reduce((sum, { points }) => sum + (points[index]?.value ?? 0), 0),
  }));
}
