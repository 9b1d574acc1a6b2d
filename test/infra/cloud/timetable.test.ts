import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { FunctionName } from '../../../infra/routes.ts';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import { functionOf } from '../../support/rights.ts';

const synthesis = synthesise();
const { service } = synthesis;

describe('the clock', () => {
  it.each<FunctionName>(['sync-dispatch', 'changes-publish'])(
    'starts %s every minute, and says for which, once',
    (name) => {
      expect(scheduleOf(name)).toMatchObject({
        State: 'ENABLED',
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
          RetryPolicy: { MaximumRetryAttempts: 0 },
        },
      });
      const unrepeated = Object.values(resourcesOf(service, 'AWS::Lambda::EventInvokeConfig'));
      expect(unrepeated.map(({ Properties }) => Properties)).toContainEqual(
        expect.objectContaining({
          FunctionName: { Ref: functionOf(synthesis, name).id },
          MaximumRetryAttempts: 0,
        }),
      );
      expect(unrepeated).toHaveLength(2);
    },
  );

  it('starts the sweep every day, and again should Lambda not take it', () => {
    expect(scheduleOf('sync-sweep')).toMatchObject({
      State: 'ENABLED',
      ScheduleExpression: 'cron(17 3 * * ? *)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      Target: {
        Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
        RetryPolicy: { MaximumRetryAttempts: 2 },
      },
    });
  });

  it.each<FunctionName>(['sync-dispatch', 'changes-publish', 'sync-sweep'])(
    'may start %s in its role, and nothing else',
    (name) => {
      const role = v.parse(targetSchema, scheduleOf(name)).Target.RoleArn['Fn::GetAtt'][0];
      const policies = Object.values(resourcesOf(service, 'AWS::IAM::Policy')).filter(({ Properties }) =>
        JSON.stringify(Properties['Roles']).includes(`"${role}"`),
      );
      expect(policies.map(({ Properties }) => Properties['PolicyDocument'])).toEqual([
        {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: 'lambda:InvokeFunction',
              Resource: { 'Fn::GetAtt': [functionOf(synthesis, name).id, 'Arn'] },
            },
          ],
        },
      ]);
      expect(service.Resources[role]?.Properties).toMatchObject({
        AssumeRolePolicyDocument: {
          Statement: [
            {
              Principal: { Service: 'scheduler.amazonaws.com' },
              Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
            },
          ],
        },
      });
    },
  );

  it('starts publisher and sweep alone where nothing is copied', () => {
    const off = synthesise({ context: { copy: 'off' } });
    const schedules = Object.values(resourcesOf(off.service, 'AWS::Scheduler::Schedule'));
    expect(
      schedules.map(({ Properties }) => v.parse(targetSchema, Properties).Target.Arn['Fn::GetAtt'][0]),
    ).toEqual([functionOf(off, 'changes-publish').id, functionOf(off, 'sync-sweep').id]);
  });
});

function scheduleOf(name: FunctionName): Readonly<Record<string, unknown>> {
  const { id } = functionOf(synthesis, name);
  const schedules = Object.values(resourcesOf(service, 'AWS::Scheduler::Schedule')).filter(
    ({ Properties }) => v.parse(targetSchema, Properties).Target.Arn['Fn::GetAtt'][0] === id,
  );
  expect(schedules).toHaveLength(1);
  return schedules[0]?.Properties ?? {};
}

const attribute = v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) });

const targetSchema = v.object({ Target: v.object({ Arn: attribute, RoleArn: attribute }) });
