import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  type IAlarm,
  MathExpression,
  PeriodOverride,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Duration, Fn } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { paragraphOf, type Watched } from './alarm-rules.ts';
import type { Capability } from './capability.ts';
import { byOutcome, graph, search, table, total } from './dashboard-widgets.ts';
import type { DataStack } from './data-stack.ts';
import { daily, ownMetric } from './own-metrics.ts';
import type { Site } from './site.ts';

/** The data of the dashboard. */
interface Shown extends Watched {
  readonly site: Site;
  readonly data: DataStack;
  readonly alarms: readonly IAlarm[];
  /** The functions with routes. */
  readonly answering: readonly Capability[];
}

const often = Duration.minutes(5);
const sum = { period: often, statistic: Stats.SUM };

/**
 * One dashboard for the operator on call, read from top to bottom: whether something is wrong, for which mailboxes,
 * where, and what it costs. It uses free AWS metrics, metrics that the functions write anyway, and log queries.
 */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, shown: Shown) {
    super(scope, id);
    const { stage, alarms, runbook } = shown;
    const row = (markdown: string) => new TextWidget({ markdown, width: 24, height: 1 });
    const dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: `gmail-offline-access-${stage}`,
      defaultInterval: Duration.hours(12),
      periodOverride: PeriodOverride.INHERIT,
    });
    const help = `What each alarm means, and what to do: ${paragraphOf(runbook, 'when-an-alarm-is-raised')}`;
    dashboard.addWidgets(
      row(`# gmail-offline-access (${stage}): is something wrong? ${help}`),
      new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 4 }),
    );
    const sections = [
      ['People: do consents come in, and do they last?', consentWidgets],
      ['Requests: are they answered, and how fast?', requestWidgets],
      ['Copies: are they in step, and do the quotas last?', syncWidgets],
      ['Functions and what they stand on', functionWidgets],
      ['What costs', costWidgets],
    ] as const;
    for (const [heading, widgetsOf] of sections) {
      dashboard.addWidgets(row(`## ${heading}`));
      dashboard.addWidgets(...widgetsOf(shown));
    }
  }
}

/** Consents by outcome, token renewals, and mailboxes by phase. */
function consentWidgets({ stage }: Shown) {
  return [
    graph('Consents by outcome', [byOutcome(stage, 'Consents')]),
    graph('Refreshes by outcome, grants revoked', [
      byOutcome(stage, 'Refreshes'),
      ownMetric(stage, 'GrantsRevoked', { ...sum, label: 'grants revoked' }),
    ]),
    graph(
      'Mailboxes by phase (once a day)',
      [
        ownMetric(stage, 'CopyingMailboxes', { ...daily, label: 'copied at first' }),
        ownMetric(stage, 'LiveMailboxes', { ...daily, label: 'live' }),
        ownMetric(stage, 'PausedMailboxes', { ...daily, label: 'paused' }),
      ],
      { stacked: true },
    ),
  ];
}

/** All requests, the latency of listings, and slow routes with their status and problem. */
function requestWidgets({ site, answering }: Shown) {
  const lists = named(answering, 'messages-list', 'copy-list');
  return [
    graph('Requests by status', [
      site.metric('Count', { ...sum, label: 'all' }),
      site.metric('4xx', { ...sum, label: '4xx' }),
      site.metric('5xx', { ...sum, label: '5xx' }),
    ]),
    graph('Latency of all, in ms', [
      site.metric('Latency', { period: often, statistic: Stats.p(50), label: 'p50' }),
      site.metric('Latency', { period: often, statistic: Stats.p(95), label: 'p95' }),
    ]),
    graph(
      'Latency of listings, in ms',
      lists.flatMap(({ node, function: list }) =>
        [50, 95].map((percent) =>
          list.metricDuration({
            period: often,
            statistic: Stats.p(percent),
            label: `${node.id} p${percent}`,
          }),
        ),
      ),
    ),
    table(
      'Routes by status: requests, latency in ms',
      [site.accessLog.logGroupName],
      [
        'stats count(*) as requests, pct(responseLatency, 50) as p50, pct(responseLatency, 95) as p95 by routeKey, status',
        'sort status desc, requests desc',
      ],
    ),
    table(
      'Problems by route',
      answering.map(({ function: { logGroup } }) => logGroup.logGroupName),
      [
        'filter message.event = "request" and ispresent(message.code)',
        'stats count(*) as times by message.route, message.status, message.code',
        'sort message.status desc, times desc',
      ],
    ),
  ];
}

/** The delay of mailboxes and of the event bus, the remaining quotas, and waiting and failed work. */
function syncWidgets({ stage, queue, dailyUnits }: Shown) {
  const limit = dailyUnits === undefined ? [] : [{ value: dailyUnits, label: 'the day’s limit' }];
  return [
    graph('Lag: mailboxes, change feed, oldest job (s)', [
      ownMetric(stage, 'Lag', { label: 'mailboxes' }),
      ownMetric(stage, 'ChangesLag', { label: 'change feed' }),
      queue.queue.metricApproximateAgeOfOldestMessage({ period: often, label: 'oldest job' }),
    ]),
    graph('Units of the minute, mailboxes that wait for the next day', [
      ownMetric(stage, 'MinuteUnits', { period: Duration.minutes(1), label: 'units granted in a minute' }),
      ownMetric(stage, 'Postponed', { ...sum, label: 'postponed' }),
    ]),
    graph('Units of the day', [ownMetric(stage, 'DayUnits', { label: 'spent' })], { limits: limit }),
    graph('Jobs that wait, dead letters', [
      queue.queue.metricApproximateNumberOfMessagesVisible({ period: often, label: 'waiting' }),
      queue.deadLetters.metricApproximateNumberOfMessagesVisible({ period: often, label: 'dead letters' }),
    ]),
    graph('Messages that could not be copied (once a day)', [
      ownMetric(stage, 'FailedMessages', { ...daily, label: 'failed' }),
    ]),
    graph('Changes published on the event bus', [
      ownMetric(stage, 'ChangesPublished', { ...sum, label: 'published' }),
    ]),
  ];
}

/**
 * Errors and durations of functions. Functions without routes have graphs. For all functions, a table reads Lambda's
 * reports in the logs (AWS Lambda Developer Guide, "Lambda Telemetry API Event schema reference", `platform.report`).
 * DynamoDB throttles have a metric only when there are any, and indexes have their own. KMS has no such metric; its
 * refusals are in the logs.
 */
function functionWidgets({ answering, background, data }: Shown) {
  const duration = { period: often, statistic: Stats.MAXIMUM };
  const logs = [...answering, ...background].map(({ function: { logGroup } }) => logGroup.logGroupName);
  const throttled = (metricName: string, label: string) =>
    ['{AWS/DynamoDB,TableName}', '{AWS/DynamoDB,TableName,GlobalSecondaryIndexName}'].map((schema) =>
      search(`${schema} MetricName="${metricName}" ${tablesOf(data)}`, label),
    );
  return [
    graph(
      'Errors of functions behind no route',
      background.map(({ node, function: started }) => started.metricErrors({ ...sum, label: node.id })),
    ),
    graph(
      'Longest run of functions behind no route, in ms',
      background.map(({ node, function: started }) =>
        started.metricDuration({ ...duration, label: node.id }),
      ),
    ),
    graph('DynamoDB: throttled reads and writes', [
      ...throttled('ReadThrottleEvents', 'reads of'),
      ...throttled('WriteThrottleEvents', 'writes of'),
    ]),
    table('Functions: runs by how they ended, duration in ms, memory in MB, cold starts', logs, [
      'filter type = "platform.report"',
      'stats count(*) as runs, pct(record.metrics.durationMs, 50) as p50, pct(record.metrics.durationMs, 95) as p95, max(record.metrics.durationMs) as longest, max(record.metrics.maxMemoryUsedMB) as memory, count(record.metrics.initDurationMs) as cold by @log, record.status',
      'sort record.status asc, p95 desc',
    ]),
    table('Throttled for good: vault_unavailable is KMS, storage_unavailable DynamoDB', logs, [
      'filter message.errorName like /Throttl|ThroughputExceeded|RequestLimitExceeded/',
      'stats count(*) as times by message.code, message.errorName, message.event, @log',
      'sort times desc',
    ]),
  ];
}

/** The sources of cost other than storage. */
function costWidgets({ background, data }: Shown) {
  const [worker] = named(background, 'sync-mailbox');
  const key = data.tokenKey.arn;
  const keyId = Fn.select(1, Fn.split('/', key));
  return [
    graph('DynamoDB: units read and written, indexes apart', [
      total(`{AWS/DynamoDB,TableName} MetricName="ConsumedReadCapacityUnits" ${tablesOf(data)}`, 'read'),
      total(`{AWS/DynamoDB,TableName} MetricName="ConsumedWriteCapacityUnits" ${tablesOf(data)}`, 'written'),
    ]),
    graph('KMS: calls with the token key', [
      search(`Namespace="AWS/KMS" MetricName="SuccessfulRequest" ("${key}" OR "${keyId}")`, ''),
    ]),
    graph('Lambda: GB-seconds of the workers', worker === undefined ? [] : [gigabyteSeconds(worker)]),
  ];
}

function tablesOf({ tables }: Shown['data']): string {
  return `TableName=(${tables.map(({ name }) => `"${name}"`).join(' OR ')})`;
}

function gigabyteSeconds({ function: worker, memory }: Capability): MathExpression {
  return new MathExpression({
    expression: `milliseconds / 1000 * ${memory} / 1024`,
    usingMetrics: { milliseconds: worker.metricDuration(sum) },
    label: 'sync-mailbox',
    period: often,
  });
}

function named(capabilities: readonly Capability[], ...names: string[]): Capability[] {
  return capabilities.filter(({ node }) => names.includes(node.id));
}
