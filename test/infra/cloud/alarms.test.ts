import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { anchors } from '../../docs/markdown.ts';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import { isWritten } from '../../support/written-metrics.ts';

const synthesis = synthesise();
const alarms = alarmsOf(synthesis);

describe('an alarm is raised', () => {
  it('when the dispatcher says nothing, unless nothing is copied', () => {
    expect(alarms['lag']).toMatchObject({ TreatMissingData: 'breaching' });
    const off = alarmsOf(synthesise({ context: { copy: 'off' } }));
    expect(off['lag']).toMatchObject({ TreatMissingData: 'notBreaching' });
  });

  it.each([
    ['the quota profile of 2026', {}, 72_000_000],
    ['the deployer', { dailyUnits: '1000' }, 900],
    ['the deployer, where Google sets no limit', { dailyUnits: '1000', quotaProfile: 'legacy' }, 900],
  ])('when nine tenths of the day’s units are spent, as set by %s', (_, context, threshold) => {
    expect(alarmsOf(synthesise({ context }))['day-units']).toMatchObject({ Threshold: threshold });
  });

  it('never over the day’s units where nobody limits them', () => {
    expect(alarmsOf(synthesise({ context: { quotaProfile: 'legacy' } }))).not.toHaveProperty('day-units');
  });

  it('by figures that a function writes', () => {
    expect(ownMetricsIn(JSON.stringify(alarms)).length).toBeGreaterThan(5);
    for (const name of ownMetricsIn(JSON.stringify(alarms))) expect(isWritten(name), name).toBe(true);
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
