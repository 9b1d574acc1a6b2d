import { afterEach, expect, test, vi } from 'vitest';
import { countsOf, createMetrics, type Metrics } from '../../lambdas/metrics.ts';
import { testClock, testStart } from '../support/doubles/clock.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const figures = {
  Postponed: { value: 3, unit: 'Count' },
  Lag: { value: 1.5, unit: 'Seconds' },
} as const;

/** What is written on standard output. */
function written(stage: string | undefined, ...told: Parameters<Metrics>): string[] {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  createMetrics(stage, testClock())(...told);
  vi.restoreAllMocks();
  return lines;
}

test('figures of a stage are one line in CloudWatch’s embedded metric format', () => {
  const [line = '', ...others] = written('production', figures);
  expect(others).toEqual([]);
  expect(line.endsWith('\n')).toBe(true);
  expect(JSON.parse(line)).toEqual({
    _aws: {
      Timestamp: testStart,
      CloudWatchMetrics: [
        {
          Namespace: 'gmail-offline-access',
          Dimensions: [['Stage']],
          Metrics: [
            { Name: 'Postponed', Unit: 'Count' },
            { Name: 'Lag', Unit: 'Seconds' },
          ],
        },
      ],
    },
    Stage: 'production',
    Postponed: 3,
    Lag: 1.5,
  });
});

test('an outcome is a dimension beside the stage', () => {
  const [line = ''] = written('production', countsOf({ Consents: 1 }), 'access_denied');
  expect(JSON.parse(line)).toMatchObject({
    _aws: { CloudWatchMetrics: [{ Dimensions: [['Stage', 'Outcome']], Metrics: [{ Name: 'Consents' }] }] },
    Stage: 'production',
    Outcome: 'access_denied',
    Consents: 1,
  });
});

test('a count of none is not written, and where nothing else is, no line: it would cost and say nothing', () => {
  expect(countsOf({ Postponed: 0, DayUnits: 7 })).toEqual({ DayUnits: { value: 7, unit: 'Count' } });
  expect(written('production', countsOf({ Postponed: 0 }))).toEqual([]);
});

test('without a stage, on a developer’s machine, nothing is written', () => {
  expect(written(undefined, figures)).toEqual([]);
});
