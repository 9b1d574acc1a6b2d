import { join } from 'node:path';
import { PolicyStatement, type PolicyStatementProps, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { FunctionName } from '../routes.ts';

/** How a function is deployed. */
export interface CapabilityProps {
  readonly stage: string;
  /** The folder that holds one bundle a function, each in a folder of the function's name. */
  readonly bundles: string;
  /** In seconds. */
  readonly timeout: number;
  /** In MB, which decides the share of a processor too; 512 when left out. */
  readonly memory?: number;
}

/**
 * One deployed function with a log group and a role of its own. The role may write to that log group and to
 * X-Ray; all else it is allowed by the constructs it uses.
 */
export class Capability extends Construct {
  readonly function: LambdaFunction;
  readonly #role: Role;

  constructor(scope: Construct, name: FunctionName, props: CapabilityProps) {
    super(scope, name);
    const { stage, bundles, timeout, memory = 512 } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/gmail-offline-access/${stage}/${name}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    Validations.of(this.#role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'xray:PutTraceSegments and xray:PutTelemetryRecords know no resources.',
    });
    this.allow({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    });
    this.function = new LambdaFunction(this, 'Function', {
      description: `gmail-offline-access (${stage}): ${name}`,
      code: Code.fromAsset(join(bundles, name)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memory,
      timeout: Duration.seconds(timeout),
      role: this.#role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
    });
  }

  /** Adds a right to the function's role. */
  allow(statement: PolicyStatementProps): void {
    this.#role.addToPrincipalPolicy(new PolicyStatement(statement));
  }

  /** Sets an environment variable of the function. */
  setVariable(name: string, value: string): void {
    this.function.addEnvironment(name, value);
  }
}
