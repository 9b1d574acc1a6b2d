import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { barChart } from './bar-chart.ts';
import { lineChart } from './line-chart.ts';
import { plot } from './plot.ts';
import { readResult, writeResult } from './results.ts';

const frame = { title: 'Cold <starts>', note: 'Node v24, 2026-11-22' };

/** The numbers that an attribute has, in order. */
const numbersOf = (svg: string, pattern: RegExp) =>
  [...svg.matchAll(pattern)].map(([, number]) => Number(number));

/** The texts, in order. */
const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, words]) => words);

describe('bars', () => {
  const svg = barChart(frame, [
    {
      title: 'Loading, ms',
      bars: [
        { label: 'a & b', value: 50 },
        { label: 'ours', value: 25, isOurs: true },
      ],
    },
  ]);

  it('are as long as their values', () => {
    const [long = 0, short = 0] = numbersOf(svg, /<rect [^>]*width="([\d.]+)"[^>]*rx="3"/g);
    expect(long).toBeGreaterThan(100);
    expect(short).toBeCloseTo(long / 2, 0);
  });

  it('say what they are, with title and origin, in text that is safe', () => {
    expect(textsOf(svg)).toEqual([
      ...['Cold &lt;starts&gt;', 'Loading, ms', 'a &amp; b', '50', 'ours', '25', 'Node v24, 2026-11-22'],
    ]);
  });

  it('can be read by light and in the dark, on a ground of their own', () => {
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toMatch(/<rect[^>]*style="fill: var\(--ground\)/);
  });
});

describe('lines', () => {
  const flat = [1, 10, 100].map((size) => ({ size, value: 5 }));
  const svg = lineChart(frame, [
    {
      title: 'ms',
      sizes: 'mailboxes',
      lines: [
        { label: 'flat', points: flat },
        { label: 'tenth', points: flat.map(({ size }) => ({ size, value: 50 / size })) },
        { label: 'none', points: flat.map(({ size }) => ({ size, value: 0 })) },
      ],
    },
  ]);
  const lines = [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, points = '']) =>
    points.split(' ').map((point) => {
      const [x = Number.NaN, y = Number.NaN] = point.split(',').map(Number);
      return { x, y };
    }),
  );
  const steps = (values: readonly number[]) =>
    values.slice(1).map((value, index) => Math.round(value - (values[index] ?? 0)));

  it('lie as far apart as their powers of ten', () => {
    const [level = [], falling = []] = lines;
    const [right, again] = steps(level.map(({ x }) => x));
    expect(right).toBeGreaterThan(10);
    expect(again).toBe(right);
    expect(steps(level.map(({ y }) => y))).toEqual([0, 0]);
    const [down, further] = steps(falling.map(({ y }) => y));
    expect(down).toBeGreaterThan(10);
    expect(further).toBe(down);
  });

  it('leave out what is zero, which no such axis has', () => {
    expect(lines).toHaveLength(2);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it('have labels that do not lie over each other', () => {
    const same = ['one', 'other'].map((label) => ({ label, points: flat }));
    const both = lineChart(frame, [{ title: 'ms', sizes: 'mailboxes', lines: same }]);
    const [one = 0, other = 0] = ['one', 'other'].map(
      (label) => numbersOf(both, new RegExp(`y="([\\d.]+)"[^>]*>${label}<`, 'g'))[0] ?? 0,
    );
    expect(Math.abs(one - other)).toBeGreaterThanOrEqual(12);
  });
});

describe('what the parts found', () => {
  const cold = {
    starts: Object.fromEntries(
      ['empty', 'plain-fetch', 'messages-list', 'naive'].map((name, index) => [
        name,
        [{ load: 20 * (index + 1), memory: 50 }],
      ]),
    ),
  };
  const copies = { ours: [{ cpu: 0.5, work: 1 }], 'one get at a time': [{ cpu: 1, work: 10 }] };
  const sync = {
    conditions: { unlimited: { title: 'no limit', size: 1_000 } },
    copies: { unlimited: copies },
  };
  const points = [
    { size: 1, value: 2 },
    { size: 10, value: 2 },
  ];
  const all = ['processor', 'reads', 'writes', 'memory'].map((measure) => ({
    ...{ what: 'poll', measure, unit: 'some', points },
  }));

  const loads = [{ load: 'many', p95: 60, spent: 10, granted: 20 }];
  const pace = { rows: loads, steady: loads };

  async function plotted(found: Readonly<Record<string, unknown>>) {
    const folder = temporaryFolder();
    for (const [part, data] of Object.entries(found))
      await writeResult(folder, part, { tables: {}, figures: {}, data });
    const pictures: Record<string, string> = {};
    for (const file of await plot(folder)) pictures[basename(file)] = await readFile(file, 'utf8');
    return pictures;
  }

  it('becomes a picture each', async () => {
    const pictures = await plotted({ cold, sync, growth: { mailboxes: all, messages: all }, pace });
    expect(Object.keys(pictures)).toEqual(['cold-starts.svg', 'sync.svg', 'growth.svg', 'pace.svg']);
    for (const svg of Object.values(pictures)) {
      expect(svg).toContain(`Node ${process.version}`);
      expect(svg).toContain(new Date().toISOString().slice(0, 10));
      expect(svg).not.toMatch(/NaN|undefined/);
    }
  });

  it('is drawn where there is any', async () => {
    expect(Object.keys(await plotted({ cold }))).toEqual(['cold-starts.svg']);
    expect(await plotted({})).toEqual({});
  });

  it('has ours last of the copies, and speeds as messages a second', async () => {
    const { 'sync.svg': svg = '' } = await plotted({ sync });
    expect(textsOf(svg).slice(2, 6)).toEqual(['one get at a time', '100', 'ours', '1,000']);
  });

  it('has reads and writes in one line', async () => {
    const { 'growth.svg': svg = '' } = await plotted({ growth: { mailboxes: all, messages: all } });
    const panel = svg.slice(svg.indexOf('Requests to DynamoDB'));
    expect(numbersOf(panel, /<circle[^>]*><title>([\d.]+)</g)[0]).toBe(4);
  });

  it('is read again as it was written, and not where it is no result', async () => {
    const folder = temporaryFolder();
    await writeResult(folder, 'warm', { tables: {}, figures: { ownTime: 2 }, data: { all: 3 } });
    expect(await readResult(folder, 'warm')).toMatchObject({
      figures: { ownTime: 2 },
      data: { all: 3 },
      machine: { node: process.version },
    });
    await writeFile(join(folder, 'warm.json'), '{}');
    await expect(readResult(folder, 'warm')).rejects.toThrow('measuredAt');
  });
});
