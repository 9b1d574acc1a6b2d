import { describe, expect, it } from 'vitest';
import { seriesOf } from './growth-series.ts';
import { trendOf } from './trend.ts';

/** Points at 1, 10, 100 and so on. */
const pointsOf = (...values: number[]) => values.map((value, index) => ({ size: 10 ** index, value }));

describe('a cost', () => {
  it('is flat where it stays as it is, but for what measuring blurs', () => {
    expect(trendOf(pointsOf(3, 3, 3, 3))).toBe('flat');
    expect(trendOf(pointsOf(10, 11, 9.5, 11.5))).toBe('flat');
    expect(trendOf(pointsOf(0, 0, 0))).toBe('flat');
  });

  it('falls where the largest size costs less than the smallest', () => {
    expect(trendOf(pointsOf(40, 4, 1, 0.5))).toBe('falls to 1/80');
  });

  it('grows where the largest size costs more than the smallest', () => {
    expect(trendOf(pointsOf(2, 4, 8, 16))).toBe('grows to 8 times from 1 on');
  });

  it('grows also where it had fallen before', () => {
    expect(trendOf(pointsOf(0.5, 0.05, 0.02, 0.2))).toBe('grows to 10 times from 100 on');
  });

  it('must have been measured', () => {
    expect(() => trendOf([])).toThrow('no trend');
  });
});

describe('what was done at several sizes', () => {
  const done = { cpu: 0.2, wall: 0.4, reads: 50, writes: 100, memory: 120, count: 100 };

  it('is told for one of what it is counted by, the largest size last', () => {
    const series = seriesOf('dispatch', 'mailbox', [
      { ...done, size: 100 },
      { ...done, size: 1, reads: 49, count: 1 },
    ]);
    expect(series.find(({ measure }) => measure === 'reads')).toEqual({
      what: 'dispatch',
      measure: 'reads',
      unit: 'reads a mailbox',
      points: [
        { size: 1, value: 49 },
        { size: 100, value: 0.5 },
      ],
    });
    expect(series.find(({ measure }) => measure === 'processor')?.points.at(-1)).toEqual({
      size: 100,
      value: 2,
    });
    expect(series.find(({ measure }) => measure === 'memory')?.points.at(-1)).toEqual({
      size: 100,
      value: 120,
    });
  });

  it('is told by the medians', () => {
    const times = [0.1, 0.2, 9].map((cpu) => ({ ...done, size: 1, cpu, count: 1 }));
    const [processor] = seriesOf('poll', 'poll', times);
    expect(processor).toMatchObject({ measure: 'processor', points: [{ size: 1, value: 200 }] });
  });

  it('has units only where Gmail was asked', () => {
    const measuresOf = (units?: number) =>
      seriesOf('job', 'message', [{ ...done, size: 1, ...(units !== undefined && { units }) }]).map(
        ({ measure }) => measure,
      );
    expect(measuresOf()).not.toContain('units');
    expect(measuresOf(20)).toContain('units');
  });
});
