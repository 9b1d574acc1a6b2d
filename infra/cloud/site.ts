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

/** No query, which can contain an authorization code, no path, which can contain a message ID, and no IP addresses. */
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

interface SiteProps {
  readonly stage: string;
  readonly cors: Cors | undefined;
  /** The deployer's domain name, with a certificate in the region of the stacks. API Gateway's is then disabled. */
  readonly domain: { readonly name: string; readonly certificateArn: string } | undefined;
  readonly logRetentionDays: LogRetention;
}

/** The HTTP API with exactly the given routes. Backend routes accept only signed requests. */
export class Site extends Construct {
  /** Scheme and host, without a trailing slash. */
  readonly origin: string;
  /** Its own domain name, if it has one. */
  readonly customDomain: IDomainName | undefined;
  /** One line per request: route, status, duration. */
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
      // A consent that begins at one name and ends at the other would lack its cookie.
      ...(domain && { disableExecuteApiEndpoint: true }),
    });
    this.customDomain =
      domain &&
      new DomainName(this, 'Domain', {
        domainName: domain.name,
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
        securityPolicy: SecurityPolicy.TLS_1_2,
      });
    this.origin = domain === undefined ? this.#api.apiEndpoint : `https://${domain.name}`;
    Validations.of(this.#api).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'Routes without an IAM authorizer authenticate callers by session cookie or bearer token; consent routes are public.',
    });
    const logGroup = new LogGroup(this, 'AccessLogs', {
      // With this prefix, the log delivery needs no statement in the account's one log resource policy, whose size is
      // limited.
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
      // The stage's own `domainMapping` would give the mapping a logical ID that depends on the construct's path.
      const mapping = { api: this.#api, domainName: this.customDomain, stage: this.#stage };
      // The mapping names the stage without a reference, so CloudFormation needs the dependency.
      new ApiMapping(this, 'Mapping', mapping).node.addDependency(this.#stage);
    }
  }

  /** Routes requests to a function, and sets the site's URL. Each route has its own throttle. */
  serve(capability: Capability, routes: readonly string[], throttle: Throttle): void {
    const integration = new BareIntegration(capability.node.id, capability.function);
    for (const route of routes) {
      const [method, path] = parseRoute(route);
      const guard = isBackendRoute(route) ? { authorizer: this.#authorizer } : {};
      const [added] = this.#api.addRoutes({ path, methods: [method], integration, ...guard });
      if (added === undefined) throw new Error(`CDK added no route for ${route}.`);
      this.#throttle(route, added, throttle);
      // The API has one stage, so the stage is a wildcard.
      capability.function.addPermission(`${capability.node.id}-Permission`, {
        scope: added,
        principal: new ServicePrincipal('apigateway.amazonaws.com'),
        sourceArn: this.#api.arnForExecuteApi(method, path, '*'),
      });
    }
    capability.set('origin', this.origin);
  }

  /** API Gateway's free metrics of all requests. */
  metric(name: 'Count' | '4xx' | '5xx' | 'Latency', options: MetricOptions): Metric {
    return this.#api.metric(name, options);
  }

  #throttle(routeKey: string, { node }: HttpRoute, { rateLimit, burstLimit }: Throttle): void {
    const { defaultChild: stage } = this.#stage.node;
    if (!(stage instanceof CfnStage)) throw new Error('The stage of the API is no CfnStage.');
    const settings = { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit };
    stage.routeSettings = { ...stage.routeSettings, [routeKey]: settings };
    // API Gateway refuses settings for a route that does not exist yet.
    if (node.defaultChild instanceof CfnRoute) stage.addResourceDependency(node.defaultChild);
  }

  /** The `execute-api:Invoke` resource of a route; its path parameters are wildcards. */
  arnOf(route: string): string {
    const [method, path] = parseRoute(route);
    return this.#api.arnForExecuteApi(method, path.replaceAll(/\{\w+\}/g, '*'), '$default');
  }
}

/** An integration without CDK's default permission, which covers any method and any stage. */
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
