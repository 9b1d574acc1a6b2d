import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { deployedRoutes, type FunctionName, functionNames, routes } from '../../../infra/routes.ts';
import { type CloudResource, resourcesOf, type Synthesis, synthesise } from '../../support/cloud.ts';
import { functionOf } from '../../support/rights.ts';

const synthesis = synthesise();
const { service } = synthesis;

/** Written out, lest a route slip out of it or into it unseen. */
const backendRoutes = [
  'POST /accounts/code',
  'POST /accounts/connect-links',
  'GET /accounts',
  'GET /accounts/{accountId}',
  'DELETE /accounts/{accountId}',
  'POST /accounts/{accountId}/access-token',
  'GET /accounts/{accountId}/messages',
  'GET /accounts/{accountId}/messages/{id}',
  'GET /accounts/{accountId}/labels',
  'GET /accounts/{accountId}/mailbox/messages',
  'GET /accounts/{accountId}/mailbox/messages/{id}',
  'POST /accounts/{accountId}/sync',
  'POST /accounts/{accountId}/verify',
  'GET /accounts/{accountId}/changes',
  'GET /changes',
];

/** The functions that answer HTTP requests. */
const onTheSite = functionNames.filter((name) => routes[name].length > 0);

it('the event bus has no description, which GovCloud refuses', () => {
  const [bus] = Object.values(resourcesOf(service, 'AWS::Events::EventBus'));
  expect(bus?.Properties).toEqual({ Name: 'gmail-offline-access-prod' });
});

describe('the function', () => {
  // SnapStart gives credentials by an address, and a bundle reads them from environment variables alone.
  it.each(functionNames)('%s runs as all do, without SnapStart', (name) => {
    const { properties } = functionOf(synthesis, name);
    expect(properties).not.toHaveProperty('SnapStart');
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 512,
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON' },
    });
  });

  it.each(functionNames)('%s has a bundle of its own', (name) => {
    const others = functionNames.filter((other) => other !== name).map(codeOf);
    expect(others).not.toContainEqual(codeOf(name));
  });

  const unasked: Partial<Record<FunctionName, number>> = {
    'changes-publish': 50,
    'sync-dispatch': 58,
    'sync-mailbox': 60,
    'sync-sweep': 900,
  };

  it.each(functionNames)('%s ends before whoever waits for it gives up', (name) => {
    expect(functionOf(synthesis, name).properties).toMatchObject({ Timeout: unasked[name] ?? 29 });
  });

  it.each(functionNames)('%s is stopped in a loop, unless it must go on with an erasure', (name) => {
    // Lambda drops a message after 16 invocations in a chain (AWS Lambda, "Recursive loop detection").
    expect(functionOf(synthesis, name).properties['RecursiveLoop']).toBe(
      name === 'sync-mailbox' ? 'Allow' : undefined,
    );
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
      deployedRoutes[name].map((route) => [route, functionOf(synthesis, name).id]),
    );
    expect(led.toSorted()).toEqual(told.toSorted());
  });

  it('may start each function for its own routes alone, and no other service may start one', () => {
    const permissions = Object.values(resourcesOf(service, 'AWS::Lambda::Permission'));
    const expected = functionNames.flatMap((name) =>
      deployedRoutes[name].map((route) => ({
        Action: 'lambda:InvokeFunction',
        FunctionName: { 'Fn::GetAtt': [functionOf(synthesis, name).id, 'Arn'] },
        Principal: 'apigateway.amazonaws.com',
        SourceArn: { 'Fn::Join': ['', expect.arrayContaining([`/*/${route.replace(' ', '')}`])] },
      })),
    );
    expect(permissions.map(({ Properties }) => Properties)).toEqual(expect.arrayContaining(expected));
    expect(permissions).toHaveLength(expected.length);
    for (const { Properties } of permissions) {
      expect(JSON.stringify(Properties)).toContain(JSON.stringify({ Ref: apiId() }));
      // The stage alone.
      expect(JSON.stringify(Properties).split('*')).toHaveLength(2);
    }
  });

  it('asks IAM who calls on the routes of backends, and on no other', () => {
    const guarded = (type: string) =>
      Object.values(resourcesOf(service, 'AWS::ApiGatewayV2::Route'))
        .filter(({ Properties }) => Properties['AuthorizationType'] === type)
        .map(({ Properties }) => Properties['RouteKey']);
    expect(guarded('AWS_IAM').toSorted()).toEqual(backendRoutes.toSorted());
    const all = functionNames.flatMap((name) => deployedRoutes[name]);
    expect(guarded('NONE').toSorted()).toEqual(
      all.filter((route) => !backendRoutes.includes(route)).toSorted(),
    );
    for (const { Properties } of Object.values(resourcesOf(service, 'AWS::ApiGatewayV2::Route'))) {
      expect(Properties).not.toHaveProperty('AuthorizerId');
    }
  });

  it('knows no page of another origin, unless the deployer does', () => {
    expect(apiOf(synthesis)).not.toHaveProperty('CorsConfiguration');
    const onlyApps = synthesise({ context: { allowedReturnOrigins: 'com.example.app:' } });
    expect(apiOf(onlyApps)).not.toHaveProperty('CorsConfiguration');
  });

  it('lets pages of the origins call that the deployer named, without credentials', () => {
    const allowedReturnOrigins = 'https://app.example.com com.example.app: http://localhost:5173';
    expect(apiOf(synthesise({ context: { allowedReturnOrigins } }))).toMatchObject({
      CorsConfiguration: {
        AllowOrigins: ['https://app.example.com', 'http://localhost:5173'],
        AllowMethods: ['GET', 'POST', 'DELETE'],
        AllowHeaders: ['authorization', 'content-type'],
        ExposeHeaders: ['x-request-id', 'retry-after'],
        AllowCredentials: false,
        MaxAge: 600,
      },
    });
  });

  describe('throttles', () => {
    const throttled = Object.entries(v.parse(throttles, stage?.Properties['RouteSettings']));

    it('each route by itself, so that a flood on one takes nothing from the callers of the others', () => {
      const keys = throttled.map(([key]) => key);
      expect(keys.sort()).toEqual(Object.values(deployedRoutes).flat().sort());
      expect(stage?.Properties).toMatchObject({
        StageName: '$default',
        DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
      });
    });

    it('what anybody can start, and what is live at Gmail, more than the rest', () => {
      const ofRate = (rate: number, burst: number) =>
        throttled.flatMap(([key, { ThrottlingRateLimit, ThrottlingBurstLimit }]) =>
          ThrottlingRateLimit === rate && ThrottlingBurstLimit === burst ? [key] : [],
        );
      expect(ofRate(20, 40).sort()).toEqual([
        'GET /auth/callback',
        'GET /auth/login',
        'GET /auth/url',
        'GET /connect',
        'POST /accounts/code',
        'POST /auth/code',
        'POST /auth/login',
        'POST /auth/session',
        'POST /connect',
      ]);
      expect(ofRate(25, 50).sort()).toEqual([
        'GET /accounts/{accountId}/labels',
        'GET /accounts/{accountId}/messages',
        'GET /accounts/{accountId}/messages/{id}',
        'GET /mailbox/labels',
        'GET /messages',
        'GET /messages/{id}',
      ]);
      expect(ofRate(50, 100)).toHaveLength(throttled.length - 15);
    });

    it('no route before it is there, which API Gateway refuses', () => {
      const ids = Object.keys(resourcesOf(service, 'AWS::ApiGatewayV2::Route'));
      expect(stage?.DependsOn).toEqual(expect.arrayContaining(ids));
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

it('has an event bus of its own, and tells the deployer which', () => {
  const buses = Object.entries(resourcesOf(service, 'AWS::Events::EventBus'));
  expect(buses.map(([, { Properties }]) => Properties['Name'])).toEqual(['gmail-offline-access-prod']);
  expect(service.Outputs['EventBusArn']?.Value).toEqual({ 'Fn::GetAtt': [buses[0]?.[0], 'Arn'] });
});

it('tells the deployer the address, the redirect URI and how to upload the client secret', () => {
  const origin = { 'Fn::GetAtt': [apiId(), 'ApiEndpoint'] };
  const upload =
    'aws secretsmanager put-secret-value --secret-id gmail-offline-access/prod/client-secret ' +
    '--secret-string file://client_secret.json --region ';
  expect(Object.entries(service.Outputs).map(([name, { Value }]) => [name, Value])).toEqual([
    ['ApiUrl', origin],
    ['RedirectUri', { 'Fn::Join': ['', [origin, '/auth/callback']] }],
    ['BackendPolicyArn', expect.anything()],
    ['BackendReadPolicyArn', expect.anything()],
    ['BackendInvitePolicyArn', expect.anything()],
    ['BackendDisconnectPolicyArn', expect.anything()],
    ['BackendAccessTokensPolicyArn', expect.anything()],
    ['EventBusArn', expect.anything()],
    ['UploadClientSecret', { 'Fn::Join': ['', [upload, { Ref: 'AWS::Region' }]] }],
    [
      'NextSteps',
      '1. At https://console.cloud.google.com/auth/clients, add RedirectUri to the redirect URIs of your OAuth client. ' +
        '2. In the folder that holds the client_secret.json of that client, run UploadClientSecret.',
    ],
  ]);
});

it('keeps every log for a month, or as long as the deployer says', () => {
  const retentions = ({ service: template }: Synthesis) =>
    Object.values(resourcesOf(template, 'AWS::Logs::LogGroup')).map(
      ({ Properties }) => Properties['RetentionInDays'],
    );
  expect(retentions(synthesis)).toEqual([...functionNames, 'access'].map(() => 30));
  const longer = synthesise({ context: { logRetentionDays: '365' } });
  expect(retentions(longer)).toEqual([...functionNames, 'access'].map(() => 365));
});

it('puts the stage into every fixed name', () => {
  const staged = JSON.stringify(synthesise({ context: { stage: 'try-2' } }));
  expect(staged).toContain('gmail-offline-access-try-2-grants');
  expect(staged).not.toMatch(/gmail-offline-access[-/]prod/);
});

function codeOf(name: FunctionName): unknown {
  return v.parse(codeSchema, functionOf(synthesis, name).properties).Code.S3Key;
}

function variablesOf(name: FunctionName): Record<string, unknown> {
  return v.parse(environmentSchema, functionOf(synthesis, name).properties).Environment.Variables;
}

function apiOf(of: Synthesis): Readonly<Record<string, unknown>> {
  const [api] = Object.values(resourcesOf(of.service, 'AWS::ApiGatewayV2::Api'));
  return api?.Properties ?? {};
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

const throttles = v.record(
  v.string(),
  v.object({ ThrottlingRateLimit: v.number(), ThrottlingBurstLimit: v.number() }),
);

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
