import { afterEach, expect, test, vi } from 'vitest';
import { createMetrics } from '../../../lambdas/sync/metrics.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const figures = {
  Admitted: { value: 3, unit: 'Count' },
  Lag: { value: 1_500, unit: 'Milliseconds' },
};

/** What is written on standard output. */
function written(stage: string | undefined): string[] {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  createMetrics(stage, testClock())(figures);
  vi.restoreAllMocks();
  return lines;
}

test('figures of a stage are one line in CloudWatch’s embedded metric format', () => {
  const [line = '', ...others] = written('production');
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
            { Name: 'Admitted', Unit: 'Count' },
            { Name: 'Lag', Unit: 'Milliseconds' },
          ],
        },
      ],
    },
    Stage: 'production',
    Admitted: 3,
    Lag: 1_500,
  });
});

test('without a stage, on a developer’s machine, nothing is written', () => {
  expect(written(undefined)).toEqual([]);
});
