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
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration, Lazy, RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { type SettingName, variableOf } from '../../lambdas/config.ts';
import type { FunctionName } from '../routes.ts';
import type { LogRetention } from './options.ts';

/** How a function is deployed. */
export interface CapabilityProps {
  readonly stage: string;
  /** The folder that holds one bundle a function, each in a folder of the function's name. */
  readonly bundles: string;
  /** A month when left out. */
  readonly logRetentionDays?: LogRetention;
  /** In seconds. */
  readonly timeout: number;
  /** In MB, which decides the share of a processor too; 512 when left out. */
  readonly memory?: number;
  /** Whether it sends messages to the queue that invokes it: otherwise Lambda ends such a chain after 16 invocations. */
  readonly recursive?: boolean;
  /** Whether X-Ray records its runs. */
  readonly traced: boolean;
}

/** Somebody who is given rights, and told what they are for: the name of a table, the address of a queue. */
export interface Grantee {
  /** Adds a right. */
  allow(statement: PolicyStatementProps): void;
  /** Sets the environment variable that holds a setting. */
  set(setting: SettingName, text: string): void;
}

/**
 * One deployed function with a log group and a role of its own. The role may write to that log group and, where it is
 * traced, to X-Ray; all else it is allowed by the constructs it uses.
 */
export class Capability extends Construct {
  readonly function: LambdaFunction;
  /** In MB. */
  readonly memory: number;
  readonly #role: Role;
  /** Why the role has each of its rights, in their order. */
  readonly #reasons: string[] = [];

  constructor(scope: Construct, name: FunctionName, props: CapabilityProps) {
    super(scope, name);
    const { stage, bundles, timeout, memory = 512, logRetentionDays = RetentionDays.ONE_MONTH } = props;
    const { recursive = false, traced } = props;
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

  /** With the tracing, CDK adds the rights to it. */
  #explainTraces(): void {
    this.#reasons.push('write its traces, which belong to no resource');
    Validations.of(this.#role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'xray:PutTraceSegments and xray:PutTelemetryRecords know no resources.',
    });
  }

  /** The function, as somebody who is given rights to do this. The words stand beside the rights in the template. */
  to(reason: string): Grantee {
    return {
      allow: (statement) => {
        this.#role.addToPrincipalPolicy(new PolicyStatement(statement));
        this.#reasons.push(reason);
      },
      set: (setting, text) => this.set(setting, text),
    };
  }

  /** Sets the variable of the function's environment that holds a setting. */
  set(setting: SettingName, text: string): void {
    this.function.addEnvironment(variableOf(setting), text);
  }
}
