import {
  GraphWidget,
  type HorizontalAnnotation,
  type IMetric,
  LogQueryVisualizationType,
  LogQueryWidget,
  MathExpression,
  SearchExpression,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import { ownNamespace } from './own-metrics.ts';

const often = Duration.minutes(5);

/** A graph of a third of the width. */
export function graph(
  title: string,
  left: IMetric[],
  { stacked = false, limits = [] }: { stacked?: boolean; limits?: HorizontalAnnotation[] } = {},
): GraphWidget {
  return new GraphWidget({
    title,
    left,
    stacked,
    leftAnnotations: limits,
    leftYAxis: { min: 0, showUnits: false },
    width: 8,
    height: 6,
  });
}

/** A log query that runs only while the dashboard is open, so it costs nothing otherwise. */
export function table(title: string, logGroupNames: string[], queryLines: string[]): LogQueryWidget {
  return new LogQueryWidget({
    title,
    logGroupNames,
    view: LogQueryVisualizationType.TABLE,
    queryLines: [...queryLines, 'limit 30'],
    width: 12,
    height: 6,
  });
}

/**
 * All outcomes of an own metric in the last two weeks. The search syntax requires quotes around a namespace with
 * hyphens (CloudWatch User Guide, "CloudWatch search expression syntax").
 */
export function byOutcome(stage: string, metricName: string): SearchExpression {
  return search(`{"${ownNamespace}",Stage,Outcome} MetricName="${metricName}" Stage="${stage}"`, '');
}

/** Every metric that matches, each as a line. @param label precedes the name of each */
export function search(what: string, label: string): SearchExpression {
  return new SearchExpression({ expression: `SEARCH('${what}', 'Sum', 300)`, label, period: often });
}

/** The sum of every metric that matches. */
export function total(what: string, label: string): MathExpression {
  return new MathExpression({ expression: `SUM(SEARCH('${what}', 'Sum', 300))`, label, period: often });
}
