import type { ProblemCode } from './errors.ts';

/** One value of a metric, with a CloudWatch unit. */
interface Figure {
  readonly value: number;
  readonly unit: 'Count' | 'Seconds';
}

/** The outcome dimension of a metric: few fixed values, because CloudWatch charges for each. */
export type Outcome = ProblemCode | 'stored' | 'renewed' | 'revoked';

/** Writes figures to CloudWatch: of the stage, or of the stage and one outcome. */
export type Metrics = (figures: Readonly<Record<string, Figure>>, outcome?: Outcome) => void;

/**
 * Metrics of a stage in CloudWatch's embedded metric format. Each is a line of JSON on standard output, not written
 * through the logger, whose format would wrap it. Without a stage, as on a developer's machine, nothing is written.
 */
export function createMetrics(stage: string | undefined, clock: () => number = Date.now): Metrics {
  return (figures, outcome) => {
    const entries = Object.entries(figures);
    if (stage === undefined || entries.length === 0) return;
    const dimensions = { Stage: stage, ...(outcome !== undefined && { Outcome: outcome }) };
    const metrics = entries.map(([name, { unit }]) => ({ Name: name, Unit: unit }));
    const values = Object.fromEntries(entries.map(([name, { value }]) => [name, value]));
    const line = {
      _aws: {
        Timestamp: clock(),
        CloudWatchMetrics: [
          { Namespace: 'gmail-offline-access', Dimensions: [Object.keys(dimensions)], Metrics: metrics },
        ],
      },
      ...dimensions,
      ...values,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
}

/** The counts that are not zero: CloudWatch charges for each metric by the hour in which it is written. */
export function countsOf(counts: Readonly<Record<string, number>>): Record<string, Figure> {
  return Object.fromEntries(
    Object.entries(counts)
      .filter(([, value]) => value !== 0)
      .map(([name, value]) => [name, { value, unit: 'Count' as const }]),
  );
}
