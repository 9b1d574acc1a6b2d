import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  CfnRoute,
  CfnStage,
  CorsHttpMethod,
  DomainName,
  HttpApi,
  HttpMethod,
  type HttpRoute,
  HttpStage,
  type IDomainName,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import type { Cors } from '../cors.ts';
import { type Throttle, usualThrottle } from '../routes.ts';
import type { Capability } from './capability.ts';
import type { LogRetention } from './options.ts';

/**
 * What the access log tells of a request. A query can hold an authorization code and a path a message's ID,
 * so the route's key stands for both; and nobody's address is kept.
 */
const accessLog = {
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
};

/** A name of the deployer's own for the site. */
export interface CustomDomain {
  readonly name: string;
  /** Of a certificate for that name, in the region of the stacks. */
  readonly certificateArn: string;
}

/** What may be chosen of the site. */
export interface SiteProps {
  readonly stage: string;
  /** The pages of other origins that may call; undefined: none. */
  readonly cors: Cors | undefined;
  /** The name under which alone it answers; undefined: the one that API Gateway gives. */
  readonly domain: CustomDomain | undefined;
  readonly logRetentionDays: LogRetention;
}

/** The HTTP API: the routes it was told of and nothing else. Those of backends are open to signed requests alone. */
export class Site extends Construct {
  /** Scheme and host, without a slash at the end. */
  readonly origin: string;
  /** Its own name, where it has one. */
  readonly customDomain: IDomainName | undefined;
  /** One line a request: route, status, duration. */
  readonly accessLog: ILogGroup;
  readonly #api: HttpApi;
  readonly #stage: HttpStage;
  readonly #authorizer = new HttpIamAuthorizer();

  constructor(scope: Construct, id: string, { stage, cors, domain, logRetentionDays }: SiteProps) {
    super(scope, id);
    this.#api = new HttpApi(this, 'Api', {
      apiName: `gmail-offline-access-${stage}`,
      createDefaultStage: false,
      ...(cors && { corsPreflight: preflightOf(cors) }),
      // A consent that begins under one name and ends under the other would find no cookie there.
      ...(domain && { disableExecuteApiEndpoint: true }),
    });
    this.customDomain = domain && this.#named(domain);
    this.origin = domain === undefined ? this.#api.apiEndpoint : `https://${domain.name}`;
    Validations.of(this.#api).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'The functions of the other routes know their callers by session cookie or bearer token; consent routes are public.',
    });
    const logGroup = new LogGroup(this, 'AccessLogs', {
      // Under this prefix the delivery needs no line in the account's one log resource policy, whose size
      // is limited.
      logGroupName: `/aws/vendedlogs/gmail-offline-access/${stage}/access`,
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.accessLog = logGroup;
    this.#stage = new HttpStage(this, 'Stage', {
      httpApi: this.#api,
      autoDeploy: true,
      throttle: usualThrottle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify(accessLog)),
      },
    });
    if (this.customDomain !== undefined) {
      // By the stage's own `domainMapping`, its logical ID would depend on where the construct stands.
      const mapping = { api: this.#api, domainName: this.customDomain, stage: this.#stage };
      // It names the stage without a reference, so CloudFormation would not know to make that first.
      new ApiMapping(this, 'Mapping', mapping).node.addDependency(this.#stage);
    }
  }

  /**
   * Sends routes, each a method and a path, to a function, and tells the function where the site lives. Each route has
   * the throttle for itself.
   */
  serve(capability: Capability, routes: readonly string[], throttle: Throttle): void {
    const integration = new BareIntegration(capability.node.id, capability.function);
    for (const route of routes) {
      const [method, path] = parseRoute(route);
      const guard = isBackendRoute(route) ? { authorizer: this.#authorizer } : {};
      const added = this.#api.addRoutes({ path, methods: [method], integration, ...guard });
      this.#throttle(route, added, throttle);
      this.#allow(route, added, capability);
    }
    capability.set('origin', this.origin);
  }

  /** What API Gateway counts of all requests together, at no cost. */
  metric(name: 'Count' | '4xx' | '5xx' | 'Latency', options: MetricOptions): Metric {
    return this.#api.metric(name, options);
  }

  /** Lets API Gateway start a function for a route, of this API and no other. The API has one stage, so any will do. */
  #allow(route: string, [scope]: readonly HttpRoute[], { node, function: target }: Capability): void {
    const [method, path] = parseRoute(route);
    target.addPermission(`${node.id}-Permission`, {
      ...(scope && { scope }),
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: this.#api.arnForExecuteApi(method, path, '*'),
    });
  }

  #throttle(routeKey: string, routes: readonly HttpRoute[], { rateLimit, burstLimit }: Throttle): void {
    const { defaultChild: stage } = this.#stage.node;
    if (!(stage instanceof CfnStage)) throw new Error('The stage of the API is no CfnStage.');
    const settings = { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit };
    stage.routeSettings = { ...stage.routeSettings, [routeKey]: settings };
    // API Gateway refuses settings for a route that is not there yet.
    for (const { node } of routes) {
      if (node.defaultChild instanceof CfnRoute) stage.addResourceDependency(node.defaultChild);
    }
  }

  #named({ name, certificateArn }: CustomDomain): DomainName {
    return new DomainName(this, 'Domain', {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
  }

  /** What `execute-api:Invoke` knows a route by; a variable of its path may be anything. */
  arnOf(route: string): string {
    const [method, path] = parseRoute(route);
    return this.#api.arnForExecuteApi(method, path.replaceAll(/\{\w+\}/g, '*'), '$default');
  }
}

/** An integration without CDK's own permission, which is for any method and any stage. */
class BareIntegration extends HttpLambdaIntegration {
  protected override completeBind(): void {}
}

function preflightOf({ origins, methods, requestHeaders, exposedHeaders, maxAge }: Cors) {
  return {
    allowOrigins: [...origins],
    allowMethods: methods.map((method) => CorsHttpMethod[method]),
    allowHeaders: [...requestHeaders],
    exposeHeaders: [...exposedHeaders],
    allowCredentials: false,
    maxAge: Duration.seconds(maxAge),
  };
}

function parseRoute(route: string): [HttpMethod, string] {
  const [name = '', path = ''] = route.split(' ');
  const method = Object.values(HttpMethod).find((known) => known === name);
  if (method === undefined) throw new Error(`The route "${route}" names no HTTP method.`);
  return [method, path];
}
