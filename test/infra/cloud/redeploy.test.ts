/**
 * The service stack can be destroyed, and deployed again over the data stack: nothing of it stays behind under a name
 * that the next one needs, and the data stack needs nothing of it.
 */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { DataStack } from '../../../infra/cloud/data-stack.ts';
import { functionNames } from '../../../infra/routes.ts';
import { emptyApp, resourcesOf, synthesise } from '../../support/cloud.ts';

const certificateArn =
  'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f';
// Every choice that adds resources.
const everything = { domainName: 'mail.example.com', certificateArn, alarmEmail: 'ops@example.com' };
const { data, service } = synthesise({ context: everything });
const resources = Object.entries(service.Resources);

/**
 * Properties that hold a name, and why none of these stands in the way of the next deployment. Before another one
 * joins: does deletion free its name?
 */
const harmless: Record<string, string> = {
  'AWS::ApiGatewayV2::DomainName.DomainName': 'free when deleted; the DNS target is another one then',
  'AWS::ApiGatewayV2::Stage.StageName': 'within its API, whose ID is new each time',
  'AWS::CloudWatch::Alarm.AlarmName': 'free when deleted',
  'AWS::CloudWatch::Alarm.MetricName': 'names what is watched',
  'AWS::CloudWatch::Dashboard.DashboardName': 'free when deleted',
  'AWS::IAM::Policy.PolicyName': 'within its role, whose name is CloudFormation’s',
  'AWS::Logs::LogGroup.LogGroupName': 'free when deleted; nobody may make it anew, see below',
  'AWS::SNS::Topic.DisplayName': 'no name, but words',
  'AWS::SNS::Topic.TopicName': 'free when deleted',
  'AWS::SQS::Queue.QueueName':
    'free a minute after (AWS::SQS::Queue in the CloudFormation Template Reference)',
  'AWS::Events::EventBus.Name': 'free when deleted, which needs that no rule of a team’s own is left on it',
  'AWS::Scheduler::Schedule.Name': 'free when deleted',
  'AWS::ApiGatewayV2::Api.Name': 'no name, but words: APIs are known by their IDs',
};

describe('the service stack, destroyed', () => {
  it.each(resources)('takes %s with it', (_, { DeletionPolicy, UpdateReplacePolicy }) => {
    // Without a policy, CloudFormation deletes all of these; what it would snapshot instead is none of ours.
    expect(['Delete', undefined]).toContain(DeletionPolicy);
    expect(['Delete', undefined]).toContain(UpdateReplacePolicy);
  });

  it('leaves behind no name that the next one would find taken', () => {
    const found = resources.flatMap(([, { Type, Properties }]) =>
      Object.entries(Properties)
        .filter(([property, value]) => property.endsWith('Name') && isWrittenOut(value))
        .map(([property]) => `${Type}.${property}`),
    );
    expect(found).toContain('AWS::Logs::LogGroup.LogGroupName');
    expect([...new Set(found)].filter((each) => harmless[each] === undefined)).toEqual([]);
  });

  it('leaves behind no log: every function writes to a group of the stack, and can make none', () => {
    const groups = Object.keys(resourcesOf(service, 'AWS::Logs::LogGroup'));
    const functions = Object.values(resourcesOf(service, 'AWS::Lambda::Function'));
    const written = functions.map(
      ({ Properties }) => v.parse(logging, Properties).LoggingConfig.LogGroup.Ref,
    );
    expect(functions).toHaveLength(functionNames.length);
    for (const group of written) expect(groups).toContain(group);
    expect(JSON.stringify(service)).not.toMatch(/logs:(CreateLogGroup|\*)|AWSLambdaBasicExecutionRole/);
  });
});

describe('the data stack', () => {
  it('stands alone', () => {
    const app = emptyApp();
    const alone = new DataStack(app, 'Data', { stage: 'prod' });
    expect(app.synth().getStackArtifact('Data').template).toEqual(data);
    expect(alone.dependencies).toEqual([]);
  });

  it('imports nothing, and asks for no parameter but the version of the bootstrap', () => {
    expect(JSON.stringify(data)).not.toContain('Fn::ImportValue');
    expect(Object.keys(v.parse(parameters, data).Parameters)).toEqual(['BootstrapVersion']);
  });
});

/**
 * Whether a value is a name of ours: text, or text with an account or a region in it; anything else points elsewhere.
 */
function isWrittenOut(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null && 'Fn::Join' in value);
}

const logging = v.object({ LoggingConfig: v.object({ LogGroup: v.object({ Ref: v.string() }) }) });
const parameters = v.object({ Parameters: v.record(v.string(), v.unknown()) });
