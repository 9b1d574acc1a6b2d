import type { Run } from './growing-site.ts';
import { medianOf } from './statistics.ts';
import type { Series } from './trend.ts';

/** Something that was done once, at one size. */
export interface Done extends Run {
  readonly size: number;
  /** How many of what it is counted by. */
  readonly count: number;
  /** Quota units; undefined where Gmail is not asked. */
  readonly units?: number;
}

type Value = (done: Done) => number;

/** What is measured of each, and its unit where that is counted by something. */
const measures: Readonly<Record<string, readonly [unit: string, value: Value]>> = {
  processor: ['ms of processor', ({ cpu, count }) => (1e3 * cpu) / count],
  time: ['ms', ({ wall, count }) => (1e3 * wall) / count],
  reads: ['reads', ({ reads, count }) => reads / count],
  writes: ['writes', ({ writes, count }) => writes / count],
  units: ['units', ({ units = Number.NaN, count }) => units / count],
};

/** How the cost of one goes with the size; of what was done several times at a size, the medians. */
export function seriesOf(what: string, per: string, done: readonly Done[]): Series[] {
  const sizes = [...new Set(done.map(({ size }) => size))].sort((one, other) => one - other);
  const series = (measure: string, unit: string, value: Value): Series => ({
    what,
    measure,
    unit,
    points: sizes.map((size) => ({
      size,
      value: medianOf(done.filter((one) => one.size === size).map(value)),
    })),
  });
  const asksGmail = done.some(({ units }) => units !== undefined);
  const counted = Object.entries(measures).filter(([measure]) => measure !== 'units' || asksGmail);
  return [
    ...counted.map(([measure, [unit, value]]) => series(measure, `${unit} a ${per}`, value)),
    series('memory', 'MB held', ({ memory }) => memory),
  ];
}
