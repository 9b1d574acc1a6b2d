import { join } from 'node:path';
import {
  CfnRole,
  PolicyStatement,
  type PolicyStatementProps,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Duration, Lazy, RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { type SettingName, variableOf } from '../../lambdas/config.ts';
import type { FunctionName } from '../routes.ts';
import type { LogRetention } from './options.ts';

/** The time and size of a function. */
export interface CapabilitySize {
  /** In seconds. By default 29, since API Gateway gives up after 30; a call to AWS with its retries can take 9. */
  readonly timeout?: number;
  /**
   * In MB, which also determines the CPU share. By default 512: see "How large a worker is" in test/bench/README.md.
   */
  readonly memory?: number;
  /**
   * Whether it sends messages to the queue that invokes it. Otherwise Lambda stops such a loop after 16 invocations.
   */
  readonly recursive?: boolean;
}

/** How a function is deployed. */
interface CapabilityProps extends CapabilitySize {
  readonly stage: string;
  /** The folder of the bundles, each in a folder with the function's name. */
  readonly bundles: string;
  readonly logRetentionDays: LogRetention;
  /** Whether X-Ray traces its runs. */
  readonly traced: boolean;
}

/** A function that gets rights together with the settings they belong to: the name of a table, the URL of a queue. */
export interface Grantee {
  /** Adds a right. */
  allow(statement: PolicyStatementProps): void;
  /** Sets the environment variable of a setting. */
  set(setting: SettingName, text: string): void;
}

/**
 * One deployed function with its own log group and role. The role may write to that log group and, if traced, to X-Ray.
 * All other rights come from the constructs that the function uses.
 */
export class Capability extends Construct {
  readonly function: LambdaFunction;
  /** In MB. */
  readonly memory: number;
  readonly #role: Role;
  /** The reason for each right of the role, in the same order. */
  readonly #reasons: string[] = [];

  constructor(scope: Construct, name: FunctionName, props: CapabilityProps) {
    super(scope, name);
    const { stage, bundles, logRetentionDays, traced, timeout = 29, memory = 512, recursive = false } = props;
    this.memory = memory;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/gmail-offline-access/${stage}/${name}`,
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.to('write its own log').allow({
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
      ...(traced && { tracing: Tracing.ACTIVE }),
      ...(recursive && { recursiveLoop: RecursiveLoop.ALLOW }),
    });
    if (traced) this.#explainTraces();
    const role = this.#role.node.defaultChild;
    if (role instanceof CfnRole) role.addMetadata('Reasons', Lazy.list({ produce: () => this.#reasons }));
  }

  /** CDK adds these rights with the tracing. */
  #explainTraces(): void {
    this.#reasons.push('write its traces, which belong to no resource');
    Validations.of(this.#role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'xray:PutTraceSegments and xray:PutTelemetryRecords know no resources.',
    });
  }

  /** The function as a grantee, with the reason for its rights. The reason is written beside them in the template. */
  to(reason: string): Grantee {
    return {
      allow: (statement) => {
        this.#role.addToPrincipalPolicy(new PolicyStatement(statement));
        this.#reasons.push(reason);
      },
      set: (setting, text) => this.set(setting, text),
    };
  }

  /** Sets the environment variable of a setting. */
  set(setting: SettingName, text: string): void {
    this.function.addEnvironment(variableOf(setting), text);
  }
}
