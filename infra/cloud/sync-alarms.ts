import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { AlarmTopic } from './alarm-topic.ts';
import type { Capability } from './capability.ts';
import type { SyncQueue } from './sync-queue.ts';

/** What the alarms watch. */
export interface SyncAlarmsProps {
  readonly stage: string;
  /** Who is told; left out, the alarms can only be looked at. */
  readonly email?: string | undefined;
  readonly queue: SyncQueue;
  readonly functions: readonly Capability[];
  /** Units a day that the project may spend; undefined: no limit. */
  readonly dailyUnits: number | undefined;
  /** Whether the dispatcher is started every minute, so that its silence means something. */
  readonly scheduled: boolean;
}

interface Rule {
  /** What stands in the subject of the mail. */
  readonly name: string;
  /** What it means, and what to do. */
  readonly description: string;
  readonly metric: IMetric;
  /** The alarm is raised above it. */
  readonly threshold: number;
  /** For how many periods of the metric in a row; 1 when left out. */
  readonly periods?: number;
  /** Whether silence is an alarm too. */
  readonly silence?: boolean;
}

/** In seconds, of a job or of a mailbox. */
const tolerableWait = 15 * 60;

/** The alarms of the sync. Its own metrics come out of the functions' logs, in the embedded metric format. */
export class SyncAlarms extends Construct {
  constructor(scope: Construct, id: string, props: SyncAlarmsProps) {
    super(scope, id);
    const { stage, email } = props;
    const action =
      email === undefined ? undefined : new SnsAction(new AlarmTopic(this, 'Topic', { stage, email }).topic);
    for (const rule of rulesOf(props)) {
      const { name, description, metric, threshold, periods = 1, silence = false } = rule;
      const alarm = new Alarm(this, name, {
        alarmName: `gmail-offline-access-${stage}-${name}`,
        alarmDescription: description,
        metric,
        threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: periods,
        treatMissingData: silence ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      });
      if (action !== undefined) alarm.addAlarmAction(action);
    }
  }
}

function rulesOf({ stage, queue, functions, dailyUnits, scheduled }: SyncAlarmsProps): Rule[] {
  const own = (metricName: string, period: Duration) =>
    new Metric({
      namespace: 'gmail-offline-access',
      metricName,
      dimensionsMap: { Stage: stage },
      statistic: Stats.MAXIMUM,
      period,
    });
  // The sweep counts mailboxes and failures, once a day.
  const daily = Duration.days(1);
  const often = { period: Duration.minutes(5), statistic: Stats.MAXIMUM };
  const rules: Rule[] = [
    {
      name: 'dead-letters',
      description:
        'Sync jobs killed their worker five times over. Read the log of sync-mailbox, mend the cause, then redrive the dead-letter queue: a job that is out of date does nothing.',
      metric: queue.deadLetters.metricApproximateNumberOfMessagesVisible(often),
      threshold: 0,
    },
    {
      name: 'job-age',
      description:
        'Sync jobs have waited in the queue for more than 15 minutes. Look for failing or throttled workers; syncWorkers may be too small.',
      metric: queue.queue.metricApproximateAgeOfOldestMessage(often),
      threshold: tolerableWait,
    },
    {
      name: 'lag',
      description:
        'Mailboxes are synced more than 15 minutes after they were due, or the dispatcher does not run. Read its log; the quota of the Google project may be too small for its mailboxes.',
      metric: own('Lag', Duration.minutes(5)),
      threshold: tolerableWait,
      periods: 3,
      silence: scheduled,
    },
    {
      name: 'changes-lag',
      description:
        'For more than 15 minutes the event bus was not told of changes, or the publisher does not run. Read the log of changes-publish. Nothing is lost for 14 days, and the feed itself can be read all the while.',
      metric: own('ChangesLag', Duration.minutes(5)),
      threshold: tolerableWait,
      periods: 3,
      silence: true,
    },
    {
      name: 'failed-messages-low',
      description:
        'Low priority: on two days in a row, some messages could not be copied. GET /mailbox of the account counts them; they are tried again until they succeed or are gone from Gmail.',
      metric: own('FailedMessages', daily),
      threshold: 0,
      periods: 2,
    },
    {
      name: 'paused-share',
      description:
        'More than a fifth of the mailboxes are paused. Where many paused at once, look at the OAuth client and at the rules of the Workspace before asking people to consent again.',
      metric: new MathExpression({
        expression: '100 * paused / mailboxes',
        usingMetrics: {
          paused: own('PausedMailboxes', daily),
          mailboxes: own('Mailboxes', daily),
        },
        label: 'Paused mailboxes (%)',
        period: daily,
      }),
      threshold: 20,
    },
  ];
  if (dailyUnits !== undefined) {
    rules.push({
      name: 'day-units',
      description:
        'More than nine tenths of the quota units of the day are spent: from here on, mailboxes wait for the next day. Ask Google for more, or connect fewer mailboxes.',
      metric: own('DayUnits', Duration.minutes(5)),
      threshold: 0.9 * dailyUnits,
    });
  }
  for (const { node, function: watched } of functions) {
    rules.push({
      name: `${node.id}-errors`,
      description: `The function ${node.id} failed. Read its log.`,
      metric: watched.metricErrors({ period: Duration.minutes(5), statistic: Stats.SUM }),
      threshold: 0,
    });
  }
  return rules;
}
