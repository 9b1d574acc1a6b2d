import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { anchors } from '../../docs/markdown.ts';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import { functionOf } from '../../support/rights.ts';
import { isWritten } from '../../support/written-metrics.ts';

const synthesis = synthesise();
const alarms = alarmsOf(synthesis);

/** The metrics of an alarm that computes something of several. */
const math = v.array(
  v.object({ MetricStat: v.optional(v.object({ Period: v.number(), Stat: v.string() })) }),
);

const own = {
  Namespace: 'gmail-offline-access',
  Dimensions: [{ Name: 'Stage', Value: 'prod' }],
  Statistic: 'Maximum',
};

describe('an alarm is raised', () => {
  it('when a job has killed five workers', () => {
    expect(alarms['dead-letters']).toMatchObject({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queueId('dead-letters'), 'QueueName'] } }],
      Threshold: 0,
    });
  });

  it('when a job failed, although its worker answered', () => {
    expect(alarms['failed-jobs']).toMatchObject({
      ...own,
      MetricName: 'FailedJobs',
      Statistic: 'Sum',
      Period: 300,
      Threshold: 0,
    });
  });

  it('when a job has waited for more than a quarter of an hour', () => {
    expect(alarms['job-age']).toMatchObject({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateAgeOfOldestMessage',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queueId('sync'), 'QueueName'] } }],
      Threshold: 900,
    });
  });

  it('when mailboxes are synced more than a quarter of an hour after they were due', () => {
    expect(alarms['lag']).toMatchObject({ ...own, MetricName: 'Lag', Threshold: 900 });
  });

  it('when the dispatcher says nothing, unless nothing is copied', () => {
    expect(alarms['lag']).toMatchObject({ TreatMissingData: 'breaching' });
    const off = alarmsOf(synthesise({ context: { copy: 'off' } }));
    expect(off['lag']).toMatchObject({ TreatMissingData: 'notBreaching' });
  });

  it('when messages failed on two days in a row, as one of low priority', () => {
    expect(alarms['failed-messages-low']).toMatchObject({
      ...own,
      MetricName: 'FailedMessages',
      Threshold: 0,
      Period: 86_400,
      EvaluationPeriods: 2,
      AlarmDescription: expect.stringMatching(/^Low priority/),
    });
  });

  it('when more than a fifth of the mailboxes are paused, of five or more', () => {
    expect(alarms['paused-share']).toMatchObject({
      Threshold: 20,
      Metrics: [
        { Expression: 'IF(mailboxes >= 5, 100 * paused / mailboxes, 0)' },
        { Id: 'paused', MetricStat: { Metric: { MetricName: 'PausedMailboxes' } } },
        { Id: 'mailboxes', MetricStat: { Metric: { MetricName: 'Mailboxes' } } },
      ],
    });
  });

  it.each([
    ['the quota profile of 2026', {}, 72_000_000],
    ['the deployer', { dailyUnits: '1000' }, 900],
    ['the deployer, where Google sets no limit', { dailyUnits: '1000', quotaProfile: 'legacy' }, 900],
  ])('when nine tenths of the day’s units are spent, as set by %s', (_, context, threshold) => {
    expect(alarmsOf(synthesise({ context }))['day-units']).toMatchObject({
      ...own,
      MetricName: 'DayUnits',
      Threshold: threshold,
    });
  });

  it('never over the day’s units where nobody limits them', () => {
    expect(alarmsOf(synthesise({ context: { quotaProfile: 'legacy' } }))).not.toHaveProperty('day-units');
  });

  it('when the event bus has not been told for a quarter of an hour, or nobody tells it', () => {
    expect(alarms['changes-lag']).toMatchObject({
      ...own,
      MetricName: 'ChangesLag',
      Threshold: 900,
      TreatMissingData: 'breaching',
    });
  });

  it('when Google refuses the OAuth client', () => {
    expect(alarms['client-refused']).toMatchObject({
      Namespace: 'gmail-offline-access',
      MetricName: 'Refreshes',
      Dimensions: [
        { Name: 'Outcome', Value: 'misconfigured' },
        { Name: 'Stage', Value: 'prod' },
      ],
      Statistic: 'Sum',
      Threshold: 0,
    });
  });

  it('when more than twenty grants die within an hour', () => {
    expect(alarms['grants-revoked']).toMatchObject({
      ...own,
      MetricName: 'GrantsRevoked',
      Statistic: 'Sum',
      Period: 3_600,
      Threshold: 20,
    });
  });

  it('when more than a few requests, and more than a few in a hundred, fail', () => {
    const [api = 'none'] = Object.keys(resourcesOf(synthesis.service, 'AWS::ApiGatewayV2::Api'));
    const counted = (MetricName: string) => ({
      MetricStat: {
        Metric: {
          Namespace: 'AWS/ApiGateway',
          MetricName,
          Dimensions: [{ Name: 'ApiId', Value: { Ref: api } }],
        },
        Period: 900,
        Stat: 'Sum',
      },
    });
    expect(alarms['site-errors']).toMatchObject({
      Threshold: 2,
      Metrics: [
        { Expression: 'IF(failed > 5, 100 * failed / requests, 0)' },
        { Id: 'failed', ...counted('5xx') },
        { Id: 'requests', ...counted('Count') },
      ],
    });
  });

  it.each(['sync-dispatch', 'sync-mailbox', 'sync-sweep', 'changes-publish'] as const)(
    'when %s fails',
    (name) => {
      expect(alarms[`${name}-errors`]).toMatchObject({
        Namespace: 'AWS/Lambda',
        MetricName: 'Errors',
        Dimensions: [{ Name: 'FunctionName', Value: { Ref: functionOf(synthesis, name).id } }],
        Statistic: 'Sum',
        Threshold: 0,
      });
    },
  );

  it('by figures that a function writes', () => {
    expect(ownMetricsIn(JSON.stringify(alarms))).toEqual([
      'ChangesLag',
      'DayUnits',
      'FailedJobs',
      'FailedMessages',
      'GrantsRevoked',
      'Lag',
      'Mailboxes',
      'PausedMailboxes',
      'Refreshes',
    ]);
    for (const name of ownMetricsIn(JSON.stringify(alarms))) expect(isWritten(name), name).toBe(true);
  });

  // In seconds; a figure that is written each minute is looked at five minutes later, one of the sweep the day after.
  it.each([
    ['client-refused', 300, 1, 'Sum'],
    ['grants-revoked', 3_600, 1, 'Sum'],
    ['paused-share', 86_400, 1, 'Maximum'],
    ['lag', 300, 3, 'Maximum'],
    ['job-age', 300, 1, 'Maximum'],
    ['dead-letters', 300, 1, 'Maximum'],
    ['changes-lag', 300, 3, 'Maximum'],
    ['failed-messages-low', 86_400, 2, 'Maximum'],
    ['day-units', 300, 1, 'Maximum'],
    ['site-errors', 900, 1, 'Sum'],
    ['sync-dispatch-errors', 300, 1, 'Sum'],
    ['sync-mailbox-errors', 300, 1, 'Sum'],
    ['sync-sweep-errors', 300, 1, 'Sum'],
    ['changes-publish-errors', 300, 1, 'Sum'],
  ])('%s by what came within %i s, %i times in a row, as %s', (name, period, times, statistic) => {
    const { Period, Statistic, Metrics, ...alarm } = alarms[name] ?? {};
    const looked =
      Metrics === undefined ? [{ MetricStat: { Period, Stat: Statistic } }] : v.parse(math, Metrics);
    const stats = looked.flatMap(({ MetricStat }) => MetricStat ?? []);
    expect(stats.length).toBeGreaterThan(0);
    for (const each of stats) expect(each).toEqual({ Period: period, Stat: statistic });
    expect(alarm['EvaluationPeriods']).toBe(times);
    expect(alarm).not.toHaveProperty('DatapointsToAlarm');
  });

  it('above its threshold, and not by silence unless it says so', () => {
    for (const [name, alarm] of Object.entries(alarms)) {
      expect(alarm['ComparisonOperator'], name).toBe('GreaterThanThreshold');
      if (!['lag', 'changes-lag'].includes(name))
        expect(alarm['TreatMissingData'], name).toBe('notBreaching');
    }
    expect(Object.keys(alarms)).toHaveLength(15);
  });
});

describe('an alarm', () => {
  const runbook = readFileSync(new URL('../../../infra/tools/README.md', import.meta.url), 'utf8');
  const told = Object.entries(alarms);

  it.each(told)('%s links to its paragraph of the runbook', (name, { AlarmDescription: description }) => {
    expect(description).toMatch(new RegExp(` infra/tools/README\\.md#${name}$`));
    expect(anchors(runbook).filter((anchor) => anchor === name)).toHaveLength(1);
  });

  it('links to where the deployer’s people read the runbook', () => {
    const address = 'https://git.example.com/mail/infra/tools/README.md';
    const { service } = synthesise({ context: { runbookUrl: address } });
    const descriptions = Object.values(resourcesOf(service, 'AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties['AlarmDescription'],
    );
    expect(descriptions.filter((text) => String(text).includes(` ${address}#`))).toHaveLength(15);
  });

  it('stands in the runbook only while it is raised by something', () => {
    const [, part = ''] = runbook.split('## When an alarm is raised\n');
    const [paragraphs = ''] = part.split(/^## /m);
    expect([...paragraphs.matchAll(/^### (.*)$/gm)].map(([, name]) => name).toSorted()).toEqual(
      Object.keys(alarms).toSorted(),
    );
  });

  it('costs by the metrics that it looks at, and all together at most $1.70 a month', () => {
    const metrics = told.map(([, { Metrics: math }]) => (Array.isArray(math) ? math.length - 1 : 1));
    expect(metrics.reduce((all, one) => all + one, 0)).toBeLessThanOrEqual(17);
  });
});

describe('an alarm is sent', () => {
  it('to nobody when no e-mail address was given', () => {
    for (const alarm of Object.values(alarms)) expect(alarm).not.toHaveProperty('AlarmActions');
    expect(resourcesOf(synthesis.service, 'AWS::SNS::Topic')).toEqual({});
  });

  it('to the e-mail address, through a topic that only CloudWatch may use', () => {
    const told = synthesise({ context: { alarmEmail: 'ops@example.com' } });
    const [topic = 'none'] = Object.keys(resourcesOf(told.service, 'AWS::SNS::Topic'));
    const [subscription] = Object.values(resourcesOf(told.service, 'AWS::SNS::Subscription'));
    const [policy] = Object.values(resourcesOf(told.service, 'AWS::SNS::TopicPolicy'));
    for (const alarm of Object.values(alarmsOf(told)))
      expect(alarm['AlarmActions']).toEqual([{ Ref: topic }]);
    expect(subscription?.Properties).toEqual({
      Protocol: 'email',
      Endpoint: 'ops@example.com',
      TopicArn: { Ref: topic },
    });
    expect(policy?.Properties).toMatchObject({
      PolicyDocument: {
        Statement: [
          { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
          {
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    });
  });
});

function ownMetricsIn(template: string): string[] {
  const found = template.matchAll(/"MetricName":"(\w+)","Namespace":"gmail-offline-access"/g);
  return [...new Set([...found].map(([, name = '']) => name))].toSorted();
}

/** The alarms' properties, by what stands behind the stage in their names. */
function alarmsOf({ service }: typeof synthesis): Record<string, Readonly<Record<string, unknown>>> {
  const all = Object.values(resourcesOf(service, 'AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties,
  );
  return Object.fromEntries(
    all.map((properties) => [
      String(properties['AlarmName']).replace('gmail-offline-access-prod-', ''),
      properties,
    ]),
  );
}

function queueId(end: string): string {
  const queues = Object.entries(resourcesOf(synthesis.service, 'AWS::SQS::Queue'));
  const found = queues.find(([, { Properties }]) => String(Properties['QueueName']).endsWith(`-${end}.fifo`));
  return found?.[0] ?? 'none';
}
