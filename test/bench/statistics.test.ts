import { describe, expect, it } from 'vitest';
import { medianOf, showSpread, spreadOf } from './statistics.ts';

describe('repeated measurements', () => {
  it('are summed up by the middle one, and the bounds of the middle half', () => {
    expect(spreadOf([50, 10, 30, 20, 40])).toEqual({ median: 30, low: 20, high: 40, count: 5 });
  });

  it('are compared as numbers, not as text', () => {
    expect(medianOf([9, 10, 100])).toBe(10);
  });

  it('are not moved by one that went wrong', () => {
    expect(medianOf([10, 11, 12, 13, 9_000])).toBe(12);
  });

  it('stay in the order in which they were made', () => {
    const values = [3, 1, 2];
    spreadOf(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('may be one alone', () => {
    expect(spreadOf([7])).toEqual({ median: 7, low: 7, high: 7, count: 1 });
  });

  it('are shown with as many digits as wanted', () => {
    const spread = { median: 51.249, low: 49.8, high: 53, count: 25 };
    expect(showSpread(spread)).toBe('51.2 (49.8 to 53.0)');
    expect(showSpread(spread, 2)).toBe('51.25 (49.80 to 53.00)');
  });
});
