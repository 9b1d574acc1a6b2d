import { type IMetric, MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import type { Capability } from './capability.ts';
import { daily, ownMetric } from './own-metrics.ts';
import type { Site } from './site.ts';
import type { SyncQueue } from './sync-queue.ts';

/** What is watched. */
export interface Watched {
  readonly stage: string;
  /** The URL at which the deployer's team reads `infra/tools/README.md`. */
  readonly runbook?: string | undefined;
  readonly site: Pick<Site, 'metric'>;
  readonly queue: SyncQueue;
  /** The functions without routes, whose failures no caller sees. */
  readonly background: readonly Capability[];
  /** Units a day that the project may spend; undefined: no limit. */
  readonly dailyUnits: number | undefined;
  /** Whether the dispatcher runs every minute, so that missing data is a failure. */
  readonly scheduled: boolean;
}

/** A condition that raises an alarm. */
export interface Rule {
  /** The subject of the e-mail, and the heading in the runbook. */
  readonly name: string;
  readonly description: string;
  readonly metric: IMetric;
  /** The alarm is raised above this value. */
  readonly threshold: number;
  /** The consecutive periods of the metric; 1 by default. */
  readonly periods?: number;
  /** Whether missing data raises the alarm too. */
  readonly alarmsOnMissingData?: boolean;
}

/** In seconds, for a job or a mailbox. */
const tolerableWait = 15 * 60;

/** Every rule. AWS charges an alarm by its metrics, so no two rules may report the same condition. */
export function rulesOf(watched: Watched): readonly Rule[] {
  const { stage, site, queue, dailyUnits, scheduled, background } = watched;
  const own = (name: string, options = {}) => ownMetric(stage, name, options);
  const sum = { statistic: Stats.SUM, period: Duration.minutes(5) };
  const most = { statistic: Stats.MAXIMUM, period: Duration.minutes(5) };
  const siteSum = { statistic: Stats.SUM, period: Duration.minutes(15) };
  return [
    {
      name: 'client-refused',
      description:
        'Google refuses the OAuth client, or there is no client secret: no token can be renewed, and within an hour no mailbox can be read.',
      metric: own('Refreshes', { outcome: 'misconfigured', ...sum }),
      threshold: 0,
    },
    {
      name: 'grants-revoked',
      description: 'More than 20 grants died within an hour: hardly their people’s doing.',
      metric: own('GrantsRevoked', { ...sum, period: Duration.hours(1) }),
      threshold: 20,
    },
    {
      name: 'paused-share',
      description: 'More than a fifth of the mailboxes are paused, and there are five or more.',
      metric: new MathExpression({
        // With fewer mailboxes, a single paused one is a fifth.
        expression: 'IF(mailboxes >= 5, 100 * paused / mailboxes, 0)',
        usingMetrics: { paused: own('PausedMailboxes', daily), mailboxes: own('Mailboxes', daily) },
        label: 'Paused mailboxes (%)',
        period: Duration.days(1),
      }),
      threshold: 20,
    },
    {
      name: 'lag',
      description:
        'Mailboxes are synced more than 15 minutes after they were due, or the dispatcher does not run.',
      metric: own('Lag'),
      threshold: tolerableWait,
      periods: 3,
      alarmsOnMissingData: scheduled,
    },
    {
      name: 'job-age',
      description: 'Sync jobs have waited in the queue for more than 15 minutes.',
      metric: queue.queue.metricApproximateAgeOfOldestMessage(most),
      threshold: tolerableWait,
    },
    {
      name: 'dead-letters',
      description: 'Sync jobs killed their worker, or failed, five times over.',
      metric: queue.deadLetters.metricApproximateNumberOfMessagesVisible(most),
      threshold: 0,
    },
    {
      // Lambda counts no error if a run reports its failed messages.
      name: 'failed-jobs',
      description: 'Sync jobs, erasures or announcements failed and are tried again.',
      metric: own('FailedJobs', sum),
      threshold: 0,
    },
    {
      name: 'changes-lag',
      description:
        'For more than 15 minutes no changes were published on the event bus, or the publisher does not run.',
      metric: own('ChangesLag'),
      threshold: tolerableWait,
      periods: 3,
      alarmsOnMissingData: true,
    },
    {
      name: 'failed-messages-low',
      description: 'Low priority: on two days in a row, some messages could not be copied.',
      metric: own('FailedMessages', daily),
      threshold: 0,
      periods: 2,
    },
    ...(dailyUnits === undefined
      ? []
      : [
          {
            name: 'day-units',
            description:
              'More than nine tenths of the quota units of the day are spent: from here on, mailboxes wait for the next day.',
            metric: own('DayUnits'),
            threshold: 0.9 * dailyUnits,
          },
        ]),
    {
      name: 'site-errors',
      description:
        'Within 15 minutes, more than 5 requests and more than 2 % of all were answered with a status of 500 or more.',
      metric: new MathExpression({
        expression: 'IF(failed > 5, 100 * failed / requests, 0)',
        usingMetrics: { failed: site.metric('5xx', siteSum), requests: site.metric('Count', siteSum) },
        label: 'Failed requests (%)',
        period: siteSum.period,
      }),
      threshold: 2,
    },
    ...background.map(({ node, function: started }) => ({
      name: `${node.id}-errors`,
      description: `The function ${node.id} failed or ran out of time.`,
      metric: started.metricErrors(sum),
      threshold: 0,
    })),
  ];
}

/**
 * The location of a runbook section: where the deployer's team reads that file, by default its path in this project.
 */
export function paragraphOf(runbook: string | undefined, heading: string): string {
  return `${runbook ?? 'infra/tools/README.md'}#${heading}`;
}
