import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { type FunctionName, functionNames, routes } from '../../../infra/routes.ts';
import { type CloudResource, resourcesOf, synthesise } from '../../support/cloud.ts';
import { functionOf } from '../../support/rights.ts';

const synthesis = synthesise();
const { service } = synthesis;

/** The functions that answer HTTP requests. */
const onTheSite = functionNames.filter((name) => routes[name].length > 0);

describe('the function', () => {
  it.each(functionNames)('%s runs as all do', (name) => {
    expect(functionOf(synthesis, name).properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 512,
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON' },
      TracingConfig: { Mode: 'Active' },
    });
  });

  it.each(functionNames)('%s has a bundle of its own', (name) => {
    const others = functionNames.filter((other) => other !== name).map(codeOf);
    expect(others).not.toContainEqual(codeOf(name));
  });

  const unasked: Partial<Record<FunctionName, number>> = {
    'sync-dispatch': 50,
    'sync-mailbox': 60,
    'sync-sweep': 900,
  };

  it.each(functionNames)('%s ends before whoever waits for it gives up', (name) => {
    expect(functionOf(synthesis, name).properties).toMatchObject({ Timeout: unasked[name] ?? 29 });
  });

  const variables: Record<FunctionName, string[]> = {
    'auth-url': ['CLIENT_SECRET_ID', 'GRANTS_TABLE', 'LOGINS_TABLE', 'ORIGIN', 'TOKEN_KEY'],
    'auth-callback': [
      'CLIENT_SECRET_ID',
      'GRANTS_TABLE',
      'LOGINS_TABLE',
      'MAILBOXES_TABLE',
      'ORIGIN',
      'SYNC_QUEUE_URL',
      'TOKEN_KEY',
    ],
    'auth-problem': ['ORIGIN'],
    'auth-logout': ['LOGINS_TABLE', 'ORIGIN'],
    'messages-list': ['CLIENT_SECRET_ID', 'GRANTS_TABLE', 'LOGINS_TABLE', 'ORIGIN', 'TOKEN_KEY'],
    'message-get': ['CLIENT_SECRET_ID', 'GRANTS_TABLE', 'LOGINS_TABLE', 'ORIGIN', 'TOKEN_KEY'],
    'mailbox-status': ['GRANTS_TABLE', 'LOGINS_TABLE', 'MAILBOXES_TABLE', 'ORIGIN'],
    'mailbox-disconnect': ['GRANTS_TABLE', 'LOGINS_TABLE', 'ORIGIN', 'SYNC_QUEUE_URL', 'TOKEN_KEY'],
    'copy-list': ['GRANTS_TABLE', 'LOGINS_TABLE', 'MESSAGES_TABLE', 'ORIGIN'],
    'sync-request': ['LOGINS_TABLE', 'MAILBOXES_TABLE', 'ORIGIN', 'STAGE'],
    'sync-dispatch': ['MAILBOXES_TABLE', 'STAGE', 'SYNC_QUEUE_URL', 'USAGE_TABLE'],
    'sync-mailbox': [
      'CLIENT_SECRET_ID',
      'GRANTS_TABLE',
      'MAILBOXES_TABLE',
      'MESSAGES_TABLE',
      'STAGE',
      'SYNC_QUEUE_URL',
      'TOKEN_KEY',
    ],
    'sync-sweep': ['GRANTS_TABLE', 'LOGINS_TABLE', 'MAILBOXES_TABLE', 'STAGE', 'SYNC_QUEUE_URL', 'TOKEN_KEY'],
    page: ['GRANTS_TABLE', 'LOGINS_TABLE', 'ORIGIN'],
  };

  it.each(functionNames)('%s is told where the things are that it may use, and no more', (name) => {
    expect(Object.keys(variablesOf(name)).sort()).toEqual(variables[name]);
  });

  it.each(onTheSite)('%s knows the site by the address that the API has', (name) => {
    expect(variablesOf(name)).toMatchObject({ ORIGIN: { 'Fn::GetAtt': [apiId(), 'ApiEndpoint'] } });
  });
});

it('keeps every log for a month, under a name that tells whose it is', () => {
  const groups = Object.values(resourcesOf(service, 'AWS::Logs::LogGroup'));
  expect(groups.map(({ Properties }) => Properties)).toEqual(
    expect.arrayContaining(
      [
        '/aws/vendedlogs/gmail-offline-access/prod/access',
        ...functionNames.map((name) => `/gmail-offline-access/prod/${name}`),
      ].map((name) => ({ LogGroupName: name, RetentionInDays: 30 })),
    ),
  );
  expect(groups).toHaveLength(functionNames.length + 1);
});

describe('the HTTP API', () => {
  const [stage] = Object.values(resourcesOf(service, 'AWS::ApiGatewayV2::Stage'));

  it('has the routes of the table, each led to its function, and no other', () => {
    const led = Object.values(resourcesOf(service, 'AWS::ApiGatewayV2::Route')).map(leadOf);
    const told = functionNames.flatMap((name) =>
      routes[name].map((route) => [route, functionOf(synthesis, name).id]),
    );
    expect(led.toSorted()).toEqual(told.toSorted());
  });

  it('throttles', () => {
    expect(stage?.Properties).toMatchObject({
      StageName: '$default',
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    });
  });

  it('logs each request without its query, path, cookies or address', () => {
    const { AccessLogSettings } = v.parse(stageSchema, stage?.Properties);
    expect(JSON.parse(AccessLogSettings.Format)).toEqual({
      requestId: '$context.requestId',
      requestTime: '$context.requestTime',
      routeKey: '$context.routeKey',
      status: '$context.status',
      responseLength: '$context.responseLength',
      responseLatency: '$context.responseLatency',
      integrationStatus: '$context.integrationStatus',
      integrationLatency: '$context.integrationLatency',
      integrationError: '$context.integrationErrorMessage',
      error: '$context.error.responseType',
    });
  });
});

it('tells the deployer the address, the redirect URI and how to upload the client secret', () => {
  const origin = { 'Fn::GetAtt': [apiId(), 'ApiEndpoint'] };
  const upload =
    'aws secretsmanager put-secret-value --secret-id gmail-offline-access/prod/client-secret ' +
    '--secret-string file://client_secret.json --region ';
  expect(Object.entries(service.Outputs).map(([name, { Value }]) => [name, Value])).toEqual([
    ['ApiUrl', origin],
    ['RedirectUri', { 'Fn::Join': ['', [origin, '/auth/callback']] }],
    ['UploadClientSecret', { 'Fn::Join': ['', [upload, { Ref: 'AWS::Region' }]] }],
  ]);
});

it('puts the stage into every fixed name', () => {
  const staged = JSON.stringify(synthesise({ context: { stage: 'try-2' } }));
  expect(staged).toContain('gmail-offline-access-try-2-grants');
  expect(staged).not.toMatch(/gmail-offline-access[-/]prod/);
});

describe('the deployer’s choices', () => {
  const scopes = 'openid https://www.googleapis.com/auth/gmail.metadata';
  const choices = { scopes, copy: 'index', quotaProfile: 'legacy', dailyUnits: '5000000' };
  const chosen = synthesise({ context: { ...choices, pollSeconds: '30', quietPollSeconds: '600' } });

  const readers: Partial<Record<FunctionName, Record<string, string>>> = {
    'auth-url': { SCOPES: scopes },
    'auth-callback': { SCOPES: scopes, COPY: 'index', QUOTA_PROFILE: 'legacy' },
    'messages-list': { SCOPES: scopes },
    'message-get': { SCOPES: scopes },
    'mailbox-status': { SCOPES: scopes },
    'sync-request': { COPY: 'index' },
    'sync-dispatch': {
      COPY: 'index',
      QUOTA_PROFILE: 'legacy',
      DAILY_UNITS: '5000000',
      POLL_SECONDS: '30',
      QUIET_POLL_SECONDS: '600',
    },
    'sync-mailbox': {
      SCOPES: scopes,
      QUOTA_PROFILE: 'legacy',
      POLL_SECONDS: '30',
      QUIET_POLL_SECONDS: '600',
    },
    'sync-sweep': { COPY: 'index', QUOTA_PROFILE: 'legacy' },
    page: { SCOPES: scopes },
  };

  it.each(functionNames)('reach %s as far as it reads them, and only where they were made', (name) => {
    expect(variablesOf(name, chosen)).toEqual({ ...variablesOf(name), ...readers[name] });
  });
});

function codeOf(name: FunctionName): unknown {
  return v.parse(codeSchema, functionOf(synthesis, name).properties).Code.S3Key;
}

function variablesOf(name: FunctionName, of = synthesis): Record<string, unknown> {
  return v.parse(environmentSchema, functionOf(of, name).properties).Environment.Variables;
}

function apiId(): string {
  const [id = 'none'] = Object.keys(resourcesOf(service, 'AWS::ApiGatewayV2::Api'));
  return id;
}

/** A route's key and the logical ID of the function that it leads to. */
function leadOf({ Properties }: CloudResource): [string, string] {
  const { RouteKey, Target } = v.parse(routeSchema, Properties);
  const integration = service.Resources[Target['Fn::Join'][1][1].Ref];
  return [RouteKey, v.parse(integrationSchema, integration?.Properties).IntegrationUri['Fn::GetAtt'][0]];
}

const codeSchema = v.object({ Code: v.object({ S3Key: v.string() }) });

const environmentSchema = v.object({
  Environment: v.object({ Variables: v.record(v.string(), v.unknown()) }),
});

const stageSchema = v.object({ AccessLogSettings: v.object({ Format: v.string() }) });

const routeSchema = v.object({
  RouteKey: v.string(),
  Target: v.object({
    'Fn::Join': v.tuple([
      v.literal(''),
      v.tuple([v.literal('integrations/'), v.object({ Ref: v.string() })]),
    ]),
  }),
});

const integrationSchema = v.object({
  IntegrationUri: v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) }),
});
