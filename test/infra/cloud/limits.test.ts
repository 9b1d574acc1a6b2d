import { expect, it } from 'vitest';
import { type CloudResource, resourcesOf, synthesise } from '../../support/cloud.ts';

/** Origins that, with the other choices, take as much as a deployer may choose. */
const origins = Array.from({ length: 66 }, (_, n) => `https://customer-${100 + n}.app.example.com`);

/** The longest of everything that a deployer may choose. */
const synthesis = synthesise({
  context: {
    stage: 'a'.repeat(20),
    scopes: 'openid email profile https://www.googleapis.com/auth/gmail.readonly',
    allowedReturnOrigins: origins.join(' '),
    signUp: 'domains',
    signUpDomains: `${'a'.repeat(63)}.example.com ${'b'.repeat(63)}.example.com`,
    accessTokens: 'on',
    copy: 'index',
    quotaProfile: 'legacy',
    dailyUnits: 999_999_999_999,
    pollSeconds: 999_999_999_999,
    quietPollSeconds: 999_999_999_999,
    alarmEmail: `${'a'.repeat(60)}@example.com`,
    runbookUrl: `https://${'a'.repeat(492)}`,
    domainName: `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example`,
    certificateArn:
      'arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f',
  },
});

/** As long as the name of a table is in the longest stage. */
const longestOfTables = 'gmail-offline-access--mailboxes'.length + 20;

/** No value that AWS gives to what a variable names is longer: an ARN of a key, a secret or the URL of a queue. */
const longestOfAws = 'x'.repeat(140);

/** Limits of the CloudFormation schemas and of “Lambda quotas”. */
const limits: readonly [string, string, number][] = [
  ['AWS::Lambda::Function', 'Description', 256],
  ['AWS::CloudWatch::Alarm', 'AlarmDescription', 1024],
  ['AWS::CloudWatch::Alarm', 'AlarmName', 255],
  ['AWS::Scheduler::Schedule', 'Name', 64],
  ['AWS::SQS::Queue', 'QueueName', 80],
  ['AWS::Events::EventBus', 'Name', 256],
  ['AWS::Logs::LogGroup', 'LogGroupName', 512],
  ['AWS::ApiGatewayV2::Api', 'Name', 128],
  ['AWS::ApiGatewayV2::DomainName', 'DomainName', 512],
  ['AWS::SNS::Topic', 'TopicName', 256],
  ['AWS::DynamoDB::GlobalTable', 'TableName', 255],
  ['AWS::KMS::Alias', 'AliasName', 256],
  ['AWS::SecretsManager::Secret', 'Name', 512],
  ['AWS::CloudWatch::Dashboard', 'DashboardName', 255],
];

it.each(limits)('every %s has a %s of at most %i characters', (type, property, limit) => {
  const resources = { ...resourcesOf(synthesis.service, type), ...resourcesOf(synthesis.data, type) };
  const values = Object.values(resources).map(({ Properties }) => Properties[property]);
  const texts = values.filter((value) => typeof value === 'string');
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) expect(text.length).toBeLessThanOrEqual(limit);
});

it('no function has more than 4 KB of variables, as Lambda measures them', () => {
  const sizes = Object.values(resourcesOf(synthesis.service, 'AWS::Lambda::Function')).map(bytesOfVariables);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4096);
  // The choices above are as long as they may be, or this would prove nothing.
  expect(Math.max(...sizes)).toBeGreaterThan(3500);
});

function bytesOfVariables({ Properties }: CloudResource): number {
  const { Variables } = Object(Properties['Environment']);
  const set = Object.entries(Object(Variables)).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : longestOfAws.slice(0, isTable(value) ? longestOfTables : undefined),
  ]);
  return Buffer.byteLength(JSON.stringify(Object.fromEntries(set)));
}

/** Whether a value is the name of a table, which the data stack exports. */
function isTable(value: unknown): boolean {
  return /ExportsOutputRef\w+Table/.test(JSON.stringify(value));
}
