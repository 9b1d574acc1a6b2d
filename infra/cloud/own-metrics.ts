import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import type { Outcome } from '../../lambdas/metrics.ts';

/** The namespace of the metrics that the functions write. */
export const ownNamespace = 'gmail-offline-access';

/** The sweep reports once a day. */
export const daily: MetricOptions = { period: Duration.days(1), statistic: Stats.MAXIMUM };

/** A metric that the functions of a stage write; by default its maximum in five minutes. */
export function ownMetric(
  stage: string,
  metricName: string,
  { outcome, ...options }: MetricOptions & { readonly outcome?: Outcome } = {},
): Metric {
  return new Metric({
    namespace: ownNamespace,
    metricName,
    dimensionsMap: { Stage: stage, ...(outcome !== undefined && { Outcome: outcome }) },
    statistic: Stats.MAXIMUM,
    period: Duration.minutes(5),
    ...options,
  });
}
