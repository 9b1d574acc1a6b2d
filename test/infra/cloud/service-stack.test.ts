import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { deployedRoutes, type FunctionName, functionNames } from '../../../infra/routes.ts';
import { type CloudResource, resourcesOf, type Synthesis, synthesise } from '../../support/cloud.ts';
import { functionOf } from '../../support/rights.ts';
import { backendRoutes } from '../../support/route-lists.ts';

const synthesis = synthesise();
const { service } = synthesis;

describe('the function', () => {
  it.each(functionNames)('%s has a bundle of its own', (name) => {
    const others = functionNames.filter((other) => other !== name).map(codeOf);
    expect(others).not.toContainEqual(codeOf(name));
  });
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
    const all = new Set<string>(functionNames.flatMap((name) => deployedRoutes[name]));
    expect(guarded('NONE').toSorted()).toEqual([...all.difference(new Set(backendRoutes))].toSorted());
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

  it('throttles each route by itself, so that a flood on one takes nothing from the callers of the others', () => {
    const keys = Object.keys(Object(stage?.Properties['RouteSettings']));
    expect(keys.sort()).toEqual(Object.values(deployedRoutes).flat().sort());
  });

  it('logs each request without its query, path, cookies or address', () => {
    expect(JSON.stringify(stage?.Properties['AccessLogSettings'])).not.toMatch(
      /\$context\.(path|identity|domainName)|query|cookie/i,
    );
  });
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
