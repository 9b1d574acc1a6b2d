import { describe, expect, it } from 'vitest';
import { tableRows } from '../docs/markdown.ts';
import { judge, targets } from './targets.ts';
import { targetsTable } from './targets-table.ts';

describe('a figure that should be small', () => {
  it.each([
    [50, 'met, and the aim too'],
    [50.1, 'met'],
    [70, 'met'],
    [70.1, 'missed by 1 %'],
    [105, 'missed by 50 %'],
  ])('is judged: %d ms of 70, better 50', (figure, result) => {
    expect(judge('listInit', figure)).toBe(result);
  });
});

describe('a figure that should be zero', () => {
  it.each([
    [0, 'met, and the aim too'],
    [1, 'missed'],
  ])('is judged: %d', (figure, result) => {
    expect(judge('refusals', figure)).toBe(result);
  });
});

describe('a figure that should be large', () => {
  it.each([
    [10, 'met, and the aim too'],
    [9.9, 'met'],
    [5, 'met'],
    [2.5, 'missed by 100 %'],
  ])('is judged: %d times of 5, better 10', (figure, result) => {
    expect(judge('syncSpeed', figure)).toBe(result);
  });
});

describe('the targets', () => {
  it.each(Object.entries(targets))('aim no lower than they must: %s', (_, target) => {
    const { must, aim } = target;
    if ('atLeast' in target) expect(aim).toBeGreaterThanOrEqual(must);
    else expect(aim).toBeLessThanOrEqual(must);
  });
});

describe('the table of targets', () => {
  const rowOf = (what: string, figures: Parameters<typeof targetsTable>[0]) =>
    tableRows(targetsTable(figures), 'what').find(([first]) => first === what);

  it('has a row for each, in their order', () => {
    const told = tableRows(targetsTable({}), 'what', 'must', 'aim', 'measured', 'result');
    expect(told.map(([what]) => what)).toEqual(Object.values(targets).map(({ what }) => what));
  });

  it('has limits, figure and judgement with their units', () => {
    const { what } = targets.zippedBundle;
    expect(rowOf(what, { zippedBundle: 148.81 })).toEqual([
      ...[what, '≤ 230 KiB', '≤ 180 KiB', '149 KiB', 'met, and the aim too'],
    ]);
    expect(rowOf(targets.syncSpeed.what, { syncSpeed: 7.654 })?.slice(1)).toEqual([
      ...['≥ 5', '≥ 10', '7.65', 'met'],
    ]);
  });

  it('has a dash for what was not measured', () => {
    expect(rowOf(targets.ownTime.what, {})?.slice(3)).toEqual(['–', '–']);
  });

  it('shows as many digits of a figure as tell on which side of its limit it lies', () => {
    expect(rowOf(targets.firstAnswer.what, { firstAnswer: 1.1529 })?.slice(3)).toEqual([
      '1.153',
      'missed by 1 %',
    ]);
    expect(rowOf(targets.firstAnswer.what, { firstAnswer: 1.1471 })?.slice(3)).toEqual(['1.15', 'met']);
  });
});
