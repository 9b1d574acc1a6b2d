/** Writes figures where CloudWatch finds them. */
export type Metrics = (
  figures: Readonly<Record<string, { readonly value: number; readonly unit: string }>>,
) => void;

/**
 * Metrics of a stage in CloudWatch's embedded metric format: a line of JSON on standard output, past the log, whose
 * form it must not take. Without a stage, which means on a developer's machine, nothing is written.
 */
export function createMetrics(stage: string | undefined, clock: () => number = Date.now): Metrics {
  return (figures) => {
    if (stage === undefined) return;
    const metrics = Object.entries(figures).map(([name, { unit }]) => ({ Name: name, Unit: unit }));
    const values = Object.fromEntries(Object.entries(figures).map(([name, { value }]) => [name, value]));
    const line = {
      _aws: {
        Timestamp: clock(),
        CloudWatchMetrics: [{ Namespace: 'gmail-offline-access', Dimensions: [['Stage']], Metrics: metrics }],
      },
      Stage: stage,
      ...values,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
}
